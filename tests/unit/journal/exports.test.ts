/** Proves what leaves the journal in open formats, and that what comes in is what was there, once and not twice. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import type { Desk } from "../../../static/client/journal/core/desk.ts";
import { dayIn, guess, minutesIn, notYetThere, read } from "../../../static/client/journal/in/columns.ts";
import { readTable } from "../../../static/client/journal/in/csv.ts";
import { isDaylio, ownMoods, readDaylio } from "../../../static/client/journal/in/daylio.ts";
import { readJsonCopy } from "../../../static/client/journal/in/json.ts";
import { alsoWritten, JournalError, type NewEntry, shown, tagsOf } from "../../../static/client/journal/journal.ts";
import { asCsv } from "../../../static/client/journal/out/csv.ts";
import { asJson } from "../../../static/client/journal/out/json.ts";
import { entries, exported } from "./exported.ts";
import { made } from "./made.ts";
import { newDatabase, openTab } from "./places.ts";

const opened: Desk[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((tab) => tab.close()));
});

async function tabOf(): Promise<Desk> {
  const tab = await openTab(newDatabase());
  opened.push(tab);
  return tab;
}

const faultOf = (work: () => unknown): string => {
  try {
    work();
    return "";
  } catch (error) {
    return error instanceof JournalError ? error.fault : String(error);
  }
};

test("the vectors that Python reads are what is written today", () => {
  assert.deepEqual(JSON.parse(readFileSync("tests/vectors/journal-exports.json", "utf8")), exported());
});

test("the table reads back as it was, and a spreadsheet runs nothing of it", () => {
  const { names, rows } = readTable(asCsv(entries));
  const column = names.indexOf("text");
  const note = rows.find((row) => row[names.indexOf("type")] === "note");
  assert.match(note?.[column] ?? "", /^=SUM\(A1\)\n"quoted", comma/);
  for (const line of asCsv(entries).split("\r\n")) {
    assert.doesNotMatch(line, /(?:^|,)"?[=@]/, line.slice(0, 80));
  }
  assert.ok(!names.includes("chunks") && !rows.some((row) => row.includes("settings")));
});

test("a JSON copy brings everything into an empty journal, and a second time changes nothing", async () => {
  const tab = await tabOf();
  const session = await tab.create("session", { stage: "done", date: "2026-11-24" });
  const note = await tab.create("note", { parent: session.id, text: "a note" });
  await tab.editSingle("plan", { signs: "early" });
  await tab.attach({ bytes: new Blob(["sound"]), mediaType: "audio/webm", name: "v" }, { parent: note.id });
  await tab.remove(await tab.create("note", { text: "in the bin" }));
  const copy = readJsonCopy(asJson([...tab.everything(), ...tab.bin()], tab.journalId, 5));
  assert.deepEqual([copy.records.length, copy.unread, copy.made, copy.journalId], [5, 0, 5, tab.journalId]);
  const other = await tabOf();
  const found = await other.openRecords(copy.records, copy.journalId, copy.made);
  assert.deepEqual([found.entries, found.added, found.adopts, found.made], [3, 4, false, 5]);
  assert.equal(other.state, "new", "looking writes nothing");
  await other.bringIn(found);
  assert.equal(shown(other.single("plan") ?? assert.fail(), "signs"), "early");
  assert.deepEqual([other.all("note").length, other.bin().length, other.all("attachment").length], [1, 1, 0]);
  const again = await other.openRecords(copy.records, copy.journalId, copy.made);
  assert.deepEqual([again.added, again.changed, again.same], [0, 0, 4]);
  const home = await tab.openRecords(copy.records, copy.journalId, copy.made);
  assert.deepEqual([home.same, home.current], [5, true], "its own files are known here");
});

test("a JSON copy that says something else is merged: both stay, and nothing is wiped", async () => {
  const tab = await tabOf();
  const note = await tab.create("note", { text: "first" });
  const copy = readJsonCopy(asJson(tab.everything(), tab.journalId, 5));
  await tab.edit(note, { text: "here since" });
  await tab.create("note", { text: "only here" });
  const found = await tab.openRecords(copy.records, copy.journalId, copy.made);
  assert.deepEqual([found.added, found.changed, found.current], [0, 1, false]);
  await tab.bringIn(found);
  const now = tab.get(note.id) ?? assert.fail();
  assert.deepEqual([now.f["text"]?.[0]?.v, ...alsoWritten(now, "text").map(({ v }) => v)].sort(), [
    "first",
    "here since",
  ]);
  assert.equal(tab.all("note").length, 2);
});

test("the reader's JSON is read too; what is no copy is refused, and damaged records are counted", () => {
  const [good] = JSON.parse(asJson([made("note", { text: "x" })], null, 1)).records;
  const reader = JSON.stringify({ journal_id: "A", made: 7, damaged: [], records: [good] });
  assert.equal(readJsonCopy(`\ufeff${reader}`).records.length, 1);
  for (const text of ["", "[]", "null", "{}", '{"records":{}}', '{"format":"other/1","records":[]}']) {
    assert.equal(
      faultOf(() => readJsonCopy(text)),
      "damaged",
      text,
    );
  }
  assert.equal(
    faultOf(() => readJsonCopy('{"format":"kj-json/2","records":[]}')),
    "newer_format",
  );
  const bad = [
    null,
    1,
    {},
    { ...good, id: "short" },
    { ...good, f: { text: "x" } },
    { ...good, created: "x" },
    good,
    good,
  ];
  const copy = readJsonCopy(JSON.stringify({ records: bad }));
  assert.deepEqual([copy.records.length, copy.unread], [1, 7]);
});

test("tables are read with any separator, quotes, line ends, and rows of uneven length", () => {
  const table = {
    names: ["a", "b"],
    rows: [
      ["1", "x\ny"],
      ["2", ""],
      ['3"', "z"],
    ],
  };
  assert.deepEqual(readTable('\ufeffa,b\r\n1,"x\ny"\r\n\r\n2\r\n"3""",z,more'), table);
  assert.deepEqual(readTable('"a";b\n1;"x\ny"\n2\n"3""";z'), table);
  assert.deepEqual(readTable('a\tb\r1\t"x\ny"\r2\r"3"""\tz\r'), table);
  assert.deepEqual(readTable('a\n"never ends\nb').rows, [['"never ends'], ["b"]]);
  assert.equal(
    faultOf(() => readTable("only names")),
    "damaged",
  );
  assert.equal(
    faultOf(() => readTable("")),
    "damaged",
  );
  assert.equal(
    faultOf(() => readTable(`a\n${"1\n".repeat(200_001)}`)),
    "too_large",
  );
});

const DAYLIO = [
  "full_date,date,weekday,time,mood,activities,note_title,note",
  '2026-03-01,March 1,Sunday,9:15 PM,good,walk | deep reading,Quiet day,"Out, a<br>bit"',
  "2026-03-02,March 2,Monday,21:15,Wobbly,work,,",
  "nonsense,,,,,,,",
].join("\n");

test("Daylio's table becomes reflections: moods as steps, activities and own moods as tags", () => {
  const table = readTable(DAYLIO);
  assert.ok(isDaylio(table) && !isDaylio(readTable("a,b\n1,2")));
  assert.deepEqual(ownMoods(table), ["Wobbly"]);
  const { entries: read, unread } = readDaylio(table);
  assert.deepEqual([read.length, unread], [2, 1]);
  const evening = new Date(2026, 2, 1, 21, 15).getTime();
  assert.deepEqual(read[0], {
    type: "reflection",
    values: {
      at: evening,
      "tag:walk": true,
      "tag:deep reading": true,
      mood: 7,
      title: "Quiet day",
      text: "Out, a\nbit",
    },
  });
  assert.deepEqual(Object.keys(read[1]?.values ?? {}), ["at", "tag:Wobbly", "tag:work"]);
});

test("brought in twice it is there once, and every entry is kept as its type wants it", async () => {
  const tab = await tabOf();
  const reading = readDaylio(readTable(DAYLIO)).entries;
  await tab.createAll(notYetThere(reading, tab.everything()) as readonly NewEntry[]);
  assert.equal(tab.all("reflection").length, 2);
  assert.deepEqual(notYetThere(reading, tab.everything()), []);
  assert.deepEqual(tagsOf(tab.all("reflection")[1] ?? assert.fail()), ["deep reading", "walk"]);
});

test("other tables are guessed, mapped and read; what does not fit is counted, never bent", () => {
  const table = readTable("Date;Mood;Hours slept;Notes\n24.12.2025;4;7,5;first\n25.12.2025;2;x;second\nrubbish;3;4;\n");
  const mapping = guess(table);
  assert.deepEqual(mapping, { meanings: ["day", "mood", "sleep_hours", "text"], dayOrder: "dmy", scale: "1-5" });
  const { entries: found, unread, unfit } = read(table, mapping);
  assert.deepEqual([unread, unfit], [1, 1]);
  assert.deepEqual(
    found.map(({ type, values }) => [type, values]),
    [
      [
        "checkin",
        { at: new Date(2025, 11, 24, 12).getTime(), date: "2025-12-24", mood: 8, sleep_hours: 7.5, text: "first" },
      ],
      ["checkin", { at: new Date(2025, 11, 25, 12).getTime(), date: "2025-12-25", mood: 3, text: "second" }],
    ],
  );
  const timed = readTable("when,entry\n2026-01-02T08:05:00Z,woke up\n");
  const [entry] = read(timed, guess(timed)).entries;
  assert.deepEqual(entry, {
    type: "reflection",
    values: { at: new Date(2026, 0, 2, 8, 5).getTime(), text: "woke up" },
  });
});

test("days and times are read in the order that was chosen, or not at all", () => {
  assert.equal(dayIn("03/04/2026", "dmy"), "2026-04-03");
  assert.equal(dayIn("03/04/2026", "mdy"), "2026-03-04");
  assert.equal(dayIn("2026-03-04 10:00", "dmy"), "2026-03-04");
  assert.equal(dayIn("1/2/26", "mdy"), "2026-01-02");
  for (const wrong of ["31/02/2026", "2026-13-01", "today", ""]) {
    assert.equal(dayIn(wrong, "dmy"), undefined, wrong);
  }
  assert.deepEqual(["12:05 am", "12:05 PM", "1:45 pm", "23.59", "8:00:30", "24:61", "noon"].map(minutesIn), [
    5,
    725,
    825,
    1439,
    480,
    undefined,
    undefined,
  ]);
});
