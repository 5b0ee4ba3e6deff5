/** Proves scores, changes and the order of trends against a table that Python computed and against cases by hand. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type EntryOf, TYPES } from "../../../static/client/journal/journal.ts";
import {
  answersOf,
  changeBetween,
  clusterCounts,
  INSTRUMENT_NAMES,
  INSTRUMENTS,
  resultOf,
} from "../../../static/client/journal/measures/instruments.ts";
import {
  baselineOf,
  daysBetween,
  lineOf,
  ownValues,
  pointsOf,
  scoredOf,
  sessionDays,
  sinceSession,
} from "../../../static/client/journal/measures/trends.ts";
import { made } from "./made.ts";

const table = JSON.parse(readFileSync("tests/vectors/instrument-scores.json", "utf8"));

for (const name of INSTRUMENT_NAMES) {
  test(`${name}: every total and band is what Python computed`, () => {
    assert.ok(table[name].length > 100);
    for (const [answers, total, band] of table[name]) {
      const result = resultOf(INSTRUMENTS[name], answers);
      assert.deepEqual([result.total, result.band, result.answered], [total, band, answers.length], String(answers));
    }
  });

  test(`${name}: with an answer missing, whichever it is, there is no total`, () => {
    const { items, options } = INSTRUMENTS[name];
    for (const missing of items.keys()) {
      for (const wrong of [undefined, 9, -1, 0.5]) {
        const answers = items.map((_, place) => (place === missing ? wrong : options[0]?.value));
        const { total, band, answered } = resultOf(INSTRUMENTS[name], answers);
        assert.deepEqual([total, band, answered], [null, null, items.length - 1]);
      }
    }
  });

  test(`${name}: the record can hold every answer`, () => {
    const { least, most } = TYPES.questionnaire["item:"];
    assert.ok(INSTRUMENTS[name].options.every(({ value }) => least <= value && value <= most));
  });
}

test("only item 9 of the PHQ-9 speaks of harm, at any answer above zero, with others missing too", () => {
  for (const value of [1, 2, 3]) {
    assert.equal(resultOf(INSTRUMENTS.phq9, [0, 0, 0, 0, 0, 0, 0, 0, value]).harm, true);
    assert.equal(resultOf(INSTRUMENTS.phq9, Array(8).fill(undefined).concat(value)).harm, true);
  }
  assert.equal(resultOf(INSTRUMENTS.phq9, [3, 3, 3, 3, 3, 3, 3, 3, 0]).harm, false);
  assert.equal(resultOf(INSTRUMENTS.pcl5, Array(20).fill(4)).harm, false);
});

test("a change says its direction and whether it reaches the published line", () => {
  const { phq9, phq2, gad7, pcl5, who5 } = INSTRUMENTS;
  assert.deepEqual(changeBetween(phq9, 18, 13), { by: -5, direction: "better", reaches: true });
  assert.deepEqual(changeBetween(phq9, 18, 14), { by: -4, direction: "better", reaches: false });
  assert.deepEqual(changeBetween(gad7, 8, 12), { by: 4, direction: "worse", reaches: true });
  assert.deepEqual(changeBetween(pcl5, 50, 41), { by: -9, direction: "better", reaches: false });
  assert.deepEqual(changeBetween(who5, 40, 52), { by: 12, direction: "better", reaches: true });
  assert.deepEqual(changeBetween(who5, 40, 36), { by: -4, direction: "worse", reaches: false });
  assert.deepEqual(changeBetween(phq2, 5, 1), { by: -4, direction: "better", reaches: null });
  assert.deepEqual(changeBetween(phq9, 7, 7), { by: 0, direction: "same", reaches: false });
});

test("symptoms of the PCL-5 are counted by cluster from Moderately on", () => {
  const answers = [2, 1, 4, 0, 0, 2, 0, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 3];
  assert.deepEqual(Object.fromEntries(clusterCounts(INSTRUMENTS.pcl5, answers)), { B: 2, C: 1, D: 7, E: 1 });
});

const session = (date: string, stage = "done") => made("session", { date, stage }) as EntryOf<"session">;
const gad7 = (date: string, total: number, extra: Record<string, number> = {}) => {
  const answers = INSTRUMENTS.gad7.items.map((_, place) => Math.min(3, Math.max(0, total - 3 * place)));
  const items = Object.fromEntries(answers.map((answer, place) => [`item:${place + 1}`, answer]));
  return made("questionnaire", { instrument: "gad7", date, ...items, ...extra }) as EntryOf<"questionnaire">;
};

test("scores are in the order of their days, and answers a later version wrote do not count", () => {
  const strange = gad7("2026-01-03", 5, { "item:2": 9 });
  const entries = [gad7("2026-02-01", 9), strange, gad7("2026-01-01", 21)];
  const scored = scoredOf([...entries, made("questionnaire", { instrument: "phq2" }) as never], "gad7");
  assert.deepEqual(
    scored.map(({ day, result }) => [day, result.total]),
    [
      ["2026-01-01", 21],
      ["2026-01-03", null],
      ["2026-02-01", 9],
    ],
  );
  assert.deepEqual(
    pointsOf(scored).map(({ total, band }) => [total, band]),
    [
      [21, "severe"],
      [9, "mild"],
    ],
  );
  assert.equal(answersOf(strange, INSTRUMENTS.gad7)[1], undefined);
});

test("the baseline is the last score up to the first session, else the first", () => {
  const days = sessionDays([session("2026-03-10"), session("2026-03-20"), session("2026-01-01", "planned")]);
  assert.deepEqual(days, ["2026-03-10", "2026-03-20"]);
  const points = ["2026-02-01", "2026-03-10", "2026-03-12"].map((day) => ({ day }));
  assert.equal(baselineOf(points, days)?.day, "2026-03-10");
  assert.equal(baselineOf(points, [])?.day, "2026-02-01");
  assert.equal(baselineOf(points.slice(2), days)?.day, "2026-03-12");
  assert.equal(baselineOf([], days), undefined);
});

test("days since a session need three sessions, count from the one before, and draw nothing before the first", () => {
  const points = pointsOf(
    scoredOf([gad7("2026-03-01", 18), gad7("2026-03-17", 9), gad7("2026-03-20", 12), gad7("2026-04-03", 6)], "gad7"),
  );
  assert.equal(sinceSession(points, ["2026-03-10", "2026-03-20"]), null);
  const since = sinceSession(points, ["2026-03-10", "2026-03-20", "2026-04-02"]);
  assert.deepEqual(
    since?.map(({ days, total }) => [days, total]),
    [
      [1, 6],
      [7, 9],
      [10, 12],
    ],
  );
  assert.equal(daysBetween("2026-03-28", "2026-03-30"), 2, "over a change of the clock");
});

test("check-ins without a value leave a gap, not a zero", () => {
  const checkins = [
    made("checkin", { date: "2026-03-02", bladder_night: 0 }),
    made("checkin", { date: "2026-03-01", bladder_night: 3 }),
    made("checkin", { date: "2026-03-03", mood: 4 }),
  ] as EntryOf<"checkin">[];
  assert.deepEqual(lineOf(checkins, "bladder_night"), [
    { day: "2026-03-01", value: 3 },
    { day: "2026-03-02", value: 0 },
  ]);
});

test("own values stand by session and moment; those of no session and of other scales stay out", () => {
  const [late, early] = [made("session", { date: "2026-11-20" }), made("session", { date: "2026-11-02" })];
  const score = (parent: string, moment: string, value: number, scale = "mood") =>
    made("score", { parent, moment, value, scale, at: 1 }) as EntryOf<"score">;
  const scores = [
    score(late.id, "after", 7),
    score(late.id, "before", 3),
    score(early.id, "later", 5),
    score(early.id, "during", 6),
    score(early.id, "before", 9, "anxiety"),
    score("f".repeat(32), "before", 1),
  ];
  const found = ownValues([late, early] as EntryOf<"session">[], scores, "mood");
  assert.deepEqual(
    found.map(({ day, moment, value }) => [day, moment, value]),
    [
      ["2026-11-02", "during", 6],
      ["2026-11-02", "later", 5],
      ["2026-11-20", "before", 3],
      ["2026-11-20", "after", 7],
    ],
  );
  assert.deepEqual(ownValues([], scores, "mood"), []);
});
