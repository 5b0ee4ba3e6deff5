/** Writes questionnaires, scores and vitals as a FHIR R4 Bundle, coded with LOINC where a code is known. Not encrypted. */

import { type Entry, shownValue } from "../entry/record.ts";
import { type EntryOf, isType, shown } from "../entry/types.ts";
import {
  type Answers,
  answersOf,
  type Choice,
  dateOf,
  type Instrument,
  instrumentOf,
  resultOf,
} from "../measures/instruments.ts";

type Json = { readonly [name: string]: unknown };

const LOINC = "http://loinc.org";
const ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
const CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category";
const UCUM = "http://unitsofmeasure.org";

/** Asked for by LOINC's licence wherever its codes are handed on. */
export const LOINC_NOTICE =
  "This material contains content from LOINC (http://loinc.org). LOINC is copyright © 1995–2026, Regenstrief Institute, " +
  "Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the " +
  "license at http://loinc.org/license.";

/**
 * A collection without a name or any free words: questionnaires with their scores, scores from the clinic, blood
 * pressure and pulse. An entry's id becomes its resource's, so that a second export names the same things.
 */
export function asFhir(entries: readonly Entry[], made: number): string {
  const resources = entries.flatMap((entry) => {
    if (isType(entry, "questionnaire")) return questionnaire(entry);
    if (isType(entry, "outside_score")) return outsideScore(entry);
    return isType(entry, "vital") ? vital(entry) : [];
  });
  const bundle = {
    resourceType: "Bundle",
    type: "collection",
    timestamp: new Date(made).toISOString(),
    entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource["id"]}`, resource })),
  };
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

function questionnaire(entry: EntryOf<"questionnaire">): Json[] {
  const instrument = instrumentOf(entry);
  if (instrument === undefined) {
    return [];
  }
  const answers = answersOf(entry, instrument);
  const { total, band, answered } = resultOf(instrument, answers);
  const response = {
    resourceType: "QuestionnaireResponse",
    id: uuid(entry.id),
    text: narrative([`${instrument.name}: ${instrument.title}`, ...instrument.credit, LOINC_NOTICE]),
    ...(instrument.loinc ? { questionnaire: `${LOINC}/q/${instrument.loinc.panel}` } : {}),
    status: answered === instrument.items.length ? "completed" : "stopped",
    authored: authored(entry),
    item: [...items(instrument, answers), ...difficulty(entry, instrument)],
  };
  return total === null ? [response] : [response, totalOf(entry, instrument, total, band)];
}

function items(instrument: Instrument, answers: Answers): Json[] {
  return instrument.items.map(({ text, loinc }, place) => ({
    linkId: loinc ?? `item-${place + 1}`,
    text,
    ...answerOf(instrument.options, answers[place]),
  }));
}

function difficulty(entry: EntryOf<"questionnaire">, { difficulty }: Instrument): Json[] {
  const value = shown(entry, "difficulty");
  return difficulty === undefined || value === undefined
    ? []
    : [{ linkId: difficulty.loinc ?? "difficulty", text: difficulty.text, ...answerOf(difficulty.options, value) }];
}

function answerOf(options: readonly Choice[], value: number | undefined): Json {
  const choice = options.find((option) => option.value === value);
  return choice === undefined
    ? {}
    : {
        answer: [
          {
            valueCoding: {
              extension: [{ url: ORDINAL, valueDecimal: choice.value }],
              ...(choice.loinc ? { system: LOINC, code: choice.loinc } : {}),
              display: choice.text,
            },
          },
        ],
      };
}

function totalOf(entry: EntryOf<"questionnaire">, instrument: Instrument, total: number, band: string | null): Json {
  return {
    resourceType: "Observation",
    // One bit away from the response's id: another id, and always the same one.
    id: uuid(flipped(entry.id)),
    status: "final",
    category: category("survey"),
    code: {
      ...(instrument.loinc ? { coding: [{ system: LOINC, code: instrument.loinc.total }] } : {}),
      text: `${instrument.name} total score`,
    },
    effectiveDateTime: dateOf(entry),
    valueInteger: total,
    ...(band === null ? {} : { interpretation: [{ text: band }] }),
    derivedFrom: [{ reference: `urn:uuid:${uuid(entry.id)}` }],
  };
}

function outsideScore(entry: EntryOf<"outside_score">): Json[] {
  const [name, value] = [shown(entry, "name"), shown(entry, "value")];
  return name === undefined || value === undefined
    ? []
    : [
        {
          resourceType: "Observation",
          id: uuid(entry.id),
          status: "final",
          category: category("survey"),
          code: { text: name },
          effectiveDateTime: dateOf(entry),
          valueQuantity: { value },
        },
      ];
}

function vital(entry: EntryOf<"vital">): Json[] {
  const [systolic, diastolic, pulse] = [shown(entry, "systolic"), shown(entry, "diastolic"), shown(entry, "pulse")];
  const about = { status: "final", category: category("vital-signs"), effectiveDateTime: authored(entry) };
  const pressure = [
    ...component("8480-6", "Systolic blood pressure", systolic),
    ...component("8462-4", "Diastolic blood pressure", diastolic),
  ];
  const found: Json[] = [];
  if (pressure.length > 0) {
    const code = coded("85354-9", "Blood pressure panel with all children optional");
    found.push({ resourceType: "Observation", id: uuid(entry.id), ...about, code, component: pressure });
  }
  if (pulse !== undefined) {
    const valueQuantity = { value: pulse, unit: "beats/minute", system: UCUM, code: "/min" };
    const id = uuid(flipped(entry.id));
    found.push({ resourceType: "Observation", id, ...about, code: coded("8867-4", "Heart rate"), valueQuantity });
  }
  return found;
}

function component(code: string, display: string, value: number | undefined): Json[] {
  return value === undefined
    ? []
    : [{ code: coded(code, display), valueQuantity: { value, unit: "mmHg", system: UCUM, code: "mm[Hg]" } }];
}

const coded = (code: string, display: string): Json => ({ coding: [{ system: LOINC, code, display }], text: display });

const category = (code: string): Json[] => [{ coding: [{ system: CATEGORY, code }] }];

const authored = (entry: Entry): string => {
  const at = shownValue(entry, "at");
  return typeof at === "number" ? new Date(at).toISOString() : dateOf(entry);
};

const uuid = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

const flipped = (id: string): string => id.slice(0, -1) + (Number.parseInt(id.slice(-1), 16) ^ 1).toString(16);

function narrative(lines: readonly string[]): Json {
  const paragraphs = lines.map((line) => `<p>${line.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</p>`).join("");
  return { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml">${paragraphs}</div>` };
}
