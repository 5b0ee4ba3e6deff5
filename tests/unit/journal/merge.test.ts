/** Proves by search that merging loses nothing and brings nothing back, and that the known wrong ways are caught. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSame, merge, mergeField } from "../../../static/client/journal/entry/merge.ts";
import {
  alsoWritten,
  binned,
  cameBack,
  disputed,
  type Entry,
  edited,
  emptied,
  inOrder,
  parse,
  restored,
  serialise,
  shownValue,
  type Written,
} from "../../../static/client/journal/entry/record.ts";
import { JournalError } from "../../../static/client/journal/fault.ts";

type MergeField = typeof mergeField;

const blank: Entry = { id: "00".repeat(16), v: 1, t: "reflection", f: {}, del: false, created: 1, rest: {} };
const value = (v: string, at = 1, by = "a"): Written => ({ v, at, by });
const withText = (text: string, at = 1, by = "a"): Entry => edited(blank, { text }, at, by);

/** What devices do to one field: write, or sync with the server, under clocks that are wrong. */
type Step =
  | { readonly device: number; readonly does: "write"; readonly clock: number }
  | { readonly device: number; readonly does: "sync" };

const steps = fc.array(
  fc.oneof(
    fc.record({ device: fc.nat(2), does: fc.constant("write" as const), clock: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ device: fc.nat(2), does: fc.constant("sync" as const) }),
  ),
  { maxLength: 24 },
);

interface Device {
  local: readonly Written[];
  mirror: readonly Written[];
}

/**
 * Runs the steps, then syncs everybody twice. Returns what every device shows in the end, and what must be there:
 * each text that nobody knowingly replaced.
 */
function run(script: readonly Step[], mergeWith: MergeField): { ends: string[][]; expected: string[] } {
  const devices: Device[] = Array.from({ length: 3 }, () => ({ local: [], mirror: [] }));
  const [written, replaced] = [new Set<string>(), new Set<string>()];
  let server: readonly Written[] = [];
  const sync = (device: Device): void => {
    const merged = mergeWith(false, device.mirror, device.local, server);
    server = merged;
    device.local = merged;
    device.mirror = merged;
  };
  for (const [index, step] of script.entries()) {
    const device = devices[step.device] as Device;
    if (step.does === "sync") {
      sync(device);
      continue;
    }
    for (const { v } of device.local) {
      replaced.add(String(v));
    }
    written.add(`text ${index}`);
    device.local = [value(`text ${index}`, 100 + index + step.clock, `device ${step.device}`)];
  }
  for (const device of [...devices, ...devices]) {
    sync(device);
  }
  return {
    ends: devices.map(({ local }) => local.map(({ v }) => String(v)).sort()),
    expected: [...written].filter((text) => !replaced.has(text)).sort(),
  };
}

const keepsItsPromise = (mergeWith: MergeField): fc.IPropertyWithHooks<[Step[]]> =>
  fc.property(steps, (script) => {
    const { ends, expected } = run(script, mergeWith);
    for (const end of ends) {
      assert.deepEqual(end, expected);
    }
  });

test("on every device everything that nobody replaced is there in the end, and nothing else", () => {
  fc.assert(keepsItsPromise(mergeField), { numRuns: 5000 });
});

const WRONG: Readonly<Record<string, MergeField>> = {
  "the last writer wins": (_, __, left, right) => inOrder([...left, ...right]).slice(0, 1),
  "the server wins": (_, base, left, right) => (right.length > 0 && right !== base ? right : left),
  "the device wins": (_, __, left, right) => (left.length > 0 ? left : right),
  "everything is kept": (_, __, left, right) => mergeField(false, [], left, right),
  "a winner and a list of losers without ancestry": (_, base, left, right) => {
    const [winner, ...losers] = inOrder([...left, ...right]);
    const known = new Set(base.map(({ v }) => v));
    return winner === undefined
      ? []
      : mergeField(
          false,
          [],
          [winner],
          losers.filter(({ v }) => !known.has(v) || v === winner.v),
        );
  },
  "what the base had goes even where one side kept it and the other did not touch it": (_, base, left, right) =>
    mergeField(false, [], left, right).filter(({ v }) => !base.some((was) => was.v === v)),
  "only what both replaced goes": (_, base, left, right) => {
    const kept = new Set([...left, ...right].map(({ v }) => v));
    return mergeField(false, [], left, right).filter(({ v }) => kept.has(v) || !base.some((was) => was.v === v));
  },
};

for (const [defect, mergeWith] of Object.entries(WRONG)) {
  test(`it is noticed when ${defect}`, () => {
    assert.equal(fc.check(keepsItsPromise(mergeWith), { numRuns: 5000 }).failed, true);
  });
}

const scalars = fc.constantFrom("a", "b", "c", "a\nb", "a\nc\nb", 4, true);
const fields = fc.dictionary(
  fc.constantFrom("text", "title", "mood", "tag:x", "unknown"),
  fc.uniqueArray(fc.record({ v: scalars, at: fc.nat(3), by: fc.constantFrom("a", "b") }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ v }) => v,
  }),
);
const entries: fc.Arbitrary<Entry> = fc
  .record({
    f: fields,
    del: fc.boolean(),
    created: fc.nat(3),
    rest: fc.dictionary(fc.constantFrom("x", "y"), fc.nat(3)),
  })
  .map(({ f, del, created, rest }) => ({
    ...blank,
    f: Object.fromEntries(Object.entries(f).map(([name, values]) => [name, inOrder(values)])),
    del,
    created,
    rest: { ...rest },
  }));

test("the order of the sides does not matter", () => {
  fc.assert(
    fc.property(fc.option(entries, { nil: undefined }), entries, entries, (base, left, right) => {
      assert.ok(isSame(merge(base, left, right), merge(base, right, left)));
    }),
    { numRuns: 3000 },
  );
});

test("a side that changed nothing changes nothing, and merging twice is merging once", () => {
  fc.assert(
    fc.property(fc.option(entries, { nil: undefined }), entries, entries, (base, left, right) => {
      assert.ok(isSame(merge(left, left, right), { ...right, created: Math.min(left.created, right.created) }));
      const merged = merge(base, left, right);
      assert.ok(isSame(merge(undefined, merged, merged), merged));
      const kept = merge(undefined, left, right);
      assert.ok(isSame(merge(undefined, kept, right), kept), "bringing a copy in twice changes nothing");
    }),
    { numRuns: 3000 },
  );
});

test("paragraphs changed by one side only are joined; nobody's sentence is lost", () => {
  const paragraphs = fc.array(
    fc.integer({ min: 0, max: 99 }).map((number) => `sentence ${number}`),
    { minLength: 6, maxLength: 12 },
  );
  const change = fc.record({ at: fc.nat(12), kind: fc.constantFrom("insert", "replace"), name: fc.nat(9) });
  const apply = (
    lines: readonly string[],
    changes: readonly { at: number; kind: string; name: number }[],
    who: string,
  ) => {
    const next = [...lines];
    for (const { at, kind, name } of changes) {
      next.splice(at % next.length, kind === "insert" ? 0 : 1, `${who} wrote ${name}`);
    }
    return next;
  };
  let joined = 0;
  fc.assert(
    fc.property(
      paragraphs,
      fc.array(change, { maxLength: 2 }),
      fc.array(change, { maxLength: 2 }),
      (lines, ours, theirs) => {
        const [left, right] = [apply(lines, ours, "left"), apply(lines, theirs, "right")];
        const values = mergeField(
          true,
          [value(lines.join("\n"))],
          [value(left.join("\n"), 2, "b")],
          [value(right.join("\n"), 3, "c")],
        );
        const all = values
          .map(({ v }) => String(v))
          .join("\n")
          .split("\n");
        for (const sentence of [...left, ...right].filter((line) => line.includes("wrote"))) {
          assert.ok(all.includes(sentence), sentence);
        }
        joined += Number(values.length === 1);
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(joined > 500, "most changes do not overlap");
});

test("an edit outweighs a delete, and says that the entry came back", () => {
  const base = withText("a");
  const deleted = binned(base, 5, "a");
  const changed = edited(base, { text: "b" }, 4, "b");
  const merged = merge(base, deleted, changed);
  assert.equal(merged.del, false);
  assert.equal(cameBack(merged), true);
  assert.equal(shownValue(merged, "text"), "b");
  assert.equal(merge(base, deleted, base).del, true);
  assert.equal(merge(deleted, restored(deleted, 6, "a"), deleted).del, false);
  assert.equal(cameBack(restored(merged, 7, "a")), false);
});

test("without a common beginning a delete stands against what the deleter had seen, and only against that", () => {
  const old = withText("a");
  assert.equal(merge(undefined, binned(old, 5, "a"), old).del, true);
  assert.equal(merge(undefined, binned(old, 5, "a"), edited(old, { text: "b" }, 4, "b")).del, false);
  assert.equal(merge(undefined, emptied(old), old).del, false);
});

test("the same words written twice are one value; different ones both stay and can be chosen from", () => {
  const base = withText("a");
  const [left, right] = [
    edited(base, { text: "b", title: "same" }, 2, "b"),
    edited(base, { text: "c", title: "same" }, 3, "c"),
  ];
  const merged = merge(base, left, right);
  assert.deepEqual(disputed(merged), ["text"]);
  assert.equal(shownValue(merged, "text"), "c");
  assert.deepEqual(
    alsoWritten(merged, "text").map(({ v }) => v),
    ["b"],
  );
  assert.deepEqual(disputed(edited(merged, { text: "c" }, 9, "b")), []);
});

test("what a later version wrote is kept, shown and never merged", () => {
  const later = parse(blank.id, '{"v":2,"t":"note","g":[1]}');
  assert.deepEqual(JSON.parse(serialise(later)), { v: 2, t: "note", g: [1] });
  assert.throws(
    () => merge(undefined, later, blank),
    (error: unknown) => error instanceof JournalError && error.fault === "newer_format",
  );
});

test("what is no record is refused as damaged", () => {
  for (const json of [
    "",
    "[]",
    "null",
    '{"v":1}',
    '{"v":0,"t":"note","f":{},"del":false,"created":1}',
    '{"v":1,"t":"note","f":{"text":[]},"del":false,"created":1}',
    '{"v":1,"t":"note","f":{"text":[{"v":{},"at":1,"by":"a"}]},"del":false,"created":1}',
    '{"v":1,"t":"note","f":{"__proto__":[{"v":1,"at":1,"by":"a"}]},"del":false,"created":1}',
    '{"v":1,"t":"note","f":{"Text":[{"v":1,"at":1,"by":"a"}]},"del":false,"created":1}',
    '{"v":1,"t":"note","f":{},"del":0,"created":1}',
  ]) {
    assert.throws(() => parse(blank.id, json), JournalError, json);
  }
});
