import type { Finding } from "../ports.ts";
import { nameClass } from "./char-classes.ts";
import type { EventModel } from "./event-model.ts";
import {
  AMOUNT,
  CHARS,
  GRAMS,
  KIND,
  LENGTH,
  MISSING,
  NEW_FIELD,
  NOVEL,
  NUMBERS,
  PAIR,
  type Part,
  RATE,
  RISK,
  SEQUENCE,
  TOGETHER,
  VALUE,
} from "./event-parts.ts";
import { mix } from "./hash.ts";
import { SET_KEY } from "./judge-event.ts";
import { FRACTION, KIND_NAMES, NUMBER, NUMERAL, OBJECT, TEXT, YES_NO } from "./event-reader.ts";

const MAX_FINDINGS = 5;
const MAX_SEEN = 80;
/** Parts that are this much less surprising than the first one are not worth a word. */
const WORTH = 0.45;

/** Says of the event that was judged last what stands out in it, the most surprising first. */
export function describeParts(model: EventModel): Finding[] {
  const byField = new Map<string, { part: Part; surprise: number }>();
  const { parts } = model;
  for (let at = 0; at < parts.count; at++) {
    const part = { ...parts.at(at) };
    const surprise = parts.surpriseOf(part);
    const field = fieldOf(model, part);
    const known = byField.get(field);
    if (known === undefined || surprise > known.surprise) byField.set(field, { part, surprise });
  }
  const ranked = [...byField].toSorted((a, b) => b[1].surprise - a[1].surprise);
  const least = (ranked[0]?.[1].surprise ?? 0) * WORTH;
  return ranked
    .filter(([, { surprise }]) => surprise >= least)
    .slice(0, MAX_FINDINGS)
    .map(([field, { part, surprise }]) => {
      const { expected, seen, message } = describe(model, part, field);
      return { field, message, expected, seen, surprise: Math.round(surprise * 100) / 100 };
    });
}

function fieldOf(model: EventModel, part: Part): string {
  const { reader, tree } = model;
  if (part.view === TOGETHER) return findOddOne(model) ?? "the fields together";
  if (part.view === PAIR) return "values together";
  if (part.view === SEQUENCE) return "sequence";
  if (part.view === RATE) return "rate";
  if (part.nodeId >= 0) return tree.nodes[part.nodeId]!.path;
  return (part.entry >= 0 ? (reader.nodes[part.entry]?.path ?? reader.unknown[part.entry]) : undefined) ?? "event";
}

/** The field without which, or with which, the others would be a usual set. */
function findOddOne({ tree, tables, frame }: EventModel): string | undefined {
  for (const { hash, path } of tree.nodes)
    if (tables.values.get(mix(frame.deepest.hash ^ SET_KEY, frame.fieldSet ^ hash)) > 0) return path;
  return undefined;
}

type Words = { expected: string; seen: string; message: string };

function describe(model: EventModel, part: Part, field: string): Words {
  const { reader } = model;
  const { entry } = part;
  const seen = entry < 0 ? "nothing" : show(model, entry);
  const name = `\`${field}\``;
  const events = model.frame.deepest.size;
  switch (part.view) {
    case NEW_FIELD: {
      const total = entry >= 0 && reader.nodes[entry] === undefined ? model.learned : events;
      return { expected: "no such field", seen, message: `${name} seen in 0 of ${format(total)} events` };
    }
    case MISSING: {
      const had = model.frame.deepest.cells.get(part.nodeId)?.size ?? 0;
      return {
        expected: `there in ${format(Math.min(had, events))} of ${format(events)} events`,
        seen: "nothing",
        message: `${name} is missing, there in ${format(Math.min(had, events))} of ${format(events)} events`,
      };
    }
    case TOGETHER:
      return {
        expected: "fields that come together",
        seen: "a set of fields never seen",
        message: `${name}: these fields never came together in ${format(events)} events`,
      };
    case PAIR:
      return {
        expected: "values that come together",
        seen: "a pair never seen",
        message: "two usual values never seen together",
      };
    case SEQUENCE:
      return {
        expected: "what usually follows",
        seen: "another order",
        message: "an unusual step after the one before",
      };
    case RATE:
      return {
        expected: "the usual number of events",
        seen: "far more",
        message: "far more events from one source than usual",
      };
    case RISK:
      return { expected: "no confirmed anomalies", seen, message: `${name} ${seen} had confirmed anomalies before` };
    case AMOUNT: {
      const usual = model.entities.usualOf(model.entities.find(model.frame.source));
      // Whose amounts vary as much as they are large may have a range that begins below the least that there is.
      const least = Math.min(0, model.frame.cellOf[entry]?.numbers?.quantile(0) ?? 0);
      const range = usual === undefined ? "another amount" : formatRange(Math.max(least, usual.low), usual.high);
      return { expected: `${range} by its owner`, seen, message: `${name} ${seen}, usual for its owner ${range}` };
    }
    case VALUE:
    case KIND:
    case CHARS:
    case LENGTH:
    case GRAMS:
    case NUMBERS:
    case NOVEL:
      return describeValue(model, part, name, seen);
    default:
      return { expected: "something else", seen, message: `${name} is unusual` };
  }
}

function describeValue(model: EventModel, { entry, view }: Part, name: string, seen: string): Words {
  const { reader } = model;
  const node = reader.nodes[entry]!;
  const cell = model.frame.cellOf[entry];
  const kind = reader.kinds[entry]!;
  if (cell === undefined) return { expected: "another value", seen, message: `${name} is unusual` };
  const usualKind = cell.kinds.indexOf(Math.max(...cell.kinds));
  if (view === KIND || (kind !== usualKind && cell.surpriseOfKind(kind) > 1)) {
    const expected = KIND_NAMES[usualKind] ?? "another kind";
    return { expected, seen, message: `${name} is ${KIND_NAMES[kind]}, usual ${expected}` };
  }
  const isNumeric = kind === NUMBER || kind === FRACTION || kind === NUMERAL;
  if (isNumeric && cell.numbers !== undefined && view !== CHARS && view !== LENGTH) {
    const isWhole = cell.kinds[FRACTION] === 0 && cell.kinds[NUMERAL] === 0;
    const [low, high] = [cell.numbers.quantile(0.005), cell.numbers.quantile(0.995)];
    const range = isWhole ? formatRange(Math.round(low), Math.round(high)) : formatRange(low, high);
    return { expected: range, seen, message: `${name} ${seen}, usual ${range}` };
  }
  if (kind === TEXT && cell.values.rate > 0.1) {
    const odd = node.shape.oddClassOf(model.rescan(entry));
    if (odd !== undefined && view !== LENGTH) {
      const share = `${format(odd.seen)} of ${format(odd.of)}`;
      return {
        expected: `${nameClass(odd.index)} in ${share} values`,
        seen,
        message: `${name} has ${nameClass(odd.index)}, seen in ${share} values`,
      };
    }
    const [low, high] = node.shape.usualLengths();
    const length = reader.texts[entry]!.length;
    if (length < low || length > high)
      return {
        expected: `${low} to ${high} characters`,
        seen,
        message: `${name} has ${length} characters, usual ${low} to ${high}`,
      };
  }
  const examples = node.examples.map((text) => JSON.stringify(text)).join(", ");
  const expected = examples === "" ? "other values" : cell.values.rate > 0.1 ? `values like ${examples}` : examples;
  return { expected, seen, message: `${name} ${seen}, usual ${expected}` };
}

function show({ reader }: EventModel, entry: number): string {
  const kind = reader.kinds[entry]!;
  if (kind === NUMBER || kind === FRACTION) return format(reader.numbers[entry]!);
  if (kind === TEXT || kind === NUMERAL) {
    const text = reader.texts[entry]!;
    return kind === NUMERAL ? text : JSON.stringify(text.slice(0, MAX_SEEN)).slice(0, MAX_SEEN);
  }
  if (kind === YES_NO) return reader.numbers[entry] === 1 ? "true" : "false";
  return kind === OBJECT ? "an object" : (KIND_NAMES[kind] ?? "something");
}

/** To two digits: a sketch knows its values to about four hundredths. */
function formatRange(low: number, high: number): string {
  const [from, to] = [low, high].map((value) => format(Number(value.toPrecision(2))));
  return from === to ? from! : `${from} to ${to}`;
}

/** With commas between thousands; quicker than the locale's way by far. */
function format(value: number): string {
  const rounded = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
  const text = String(rounded);
  return Math.abs(rounded) < 1000 || text.includes("e") ? text : text.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
