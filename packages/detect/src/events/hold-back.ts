import { KNOWN } from "./event-frame.ts";
import type { EventModel } from "./event-model.ts";
import {
  AMOUNT,
  CHARS,
  KIND,
  LENGTH,
  NEW_FIELD,
  PAIR,
  type Part,
  RATE,
  RISK,
  SEQUENCE,
  TOGETHER,
} from "./event-parts.ts";
import { NUMERAL, TEXT } from "./event-reader.ts";
import { isIdentity } from "./field-node.ts";
import { hashText, mix } from "./hash.ts";

const STEADY = 50;
const RARELY_NEW = 0.1;
const FIRST_KEY = 0xf4;
const STRANGE_KEY = 0xf2;
const EVENTS_KEY = 0xf3;
const MIN_STRANGE = 1;
const MAX_STRANGE = 2;
const RARE_KEY = 0xf5;
const NEW_PATH_KEY = 0x74;

/** What identifies a part's novelty, so that it is known again. */
export function noveltyOf({ reader, frame, tree }: EventModel, { view, entry, nodeId }: Part): number {
  if (view === TOGETHER) return mix(0x70, frame.fieldSet);
  if (view === SEQUENCE) return mix(0x71, frame.place);
  if (view === RATE || view === AMOUNT || view === RISK) return mix(0x72, frame.source);
  if (view === PAIR) return mix(0x73, frame.place);
  if (entry < 0) return mix(view, tree.nodes[nodeId]?.hash ?? 0);
  const node = reader.nodes[entry];
  if (node === undefined) return mix(NEW_PATH_KEY, hashText(reader.unknown[entry] ?? ""));
  return mix(node.hash, view === KIND ? reader.kinds[entry]! : reader.hashes[entry]!);
}

/** The same for whatever looks alike; 0 when nothing does. */
export function coarseNoveltyOf(model: EventModel, { view, entry }: Part): number {
  const { reader } = model;
  const node = entry < 0 ? undefined : reader.nodes[entry];
  const kind = entry < 0 ? 0 : reader.kinds[entry]!;
  if (node === undefined || (kind !== TEXT && kind > NUMERAL)) return 0;
  if (kind <= NUMERAL) return mix(node.hash ^ 0x75, Math.round(Math.log2(1 + Math.abs(reader.numbers[entry]!)) * 2));
  const scan = model.rescan(entry);
  if (view === CHARS) {
    // One attacker who sends a quote all day is no more usual for it; several senders of a sign are.
    const all = mix(scan.lowClasses, scan.highClasses);
    return mix(node.hash ^ 0x76, model.frame.source === 0 ? all : (node.shape.oddClassOf(scan)?.index ?? all));
  }
  if (view === LENGTH) return mix(node.hash ^ 0x77, Math.round(Math.log2(reader.texts[entry]!.length) * 2));
  return mix(node.hash ^ 0x78, scan.pattern);
}

/** What is the strangest about the event judged last: the same for the same thing in the same stretch of time. */
export function strangestOf(model: EventModel, stretch: number): number {
  const { parts } = model;
  let [most, key] = [-1, 0];
  for (let at = 0; at < parts.count; at++) {
    const part = parts.at(at);
    const surprise = parts.surpriseOf(part);
    if (surprise <= most) continue;
    most = surprise;
    key = noveltyOf(model, part);
  }
  return mix(key, stretch);
}

/**
 * Whether the event counts in what scores are usual. Of a sender of whom far more is strange than of all others, only as much does as
 * would be likely. Where nobody knows the sender, each event counts.
 */
export function isCounted({ tables, frame }: EventModel, isStrange: boolean, strangeRate: number): boolean {
  const { source } = frame;
  if (source === 0) return true;
  const events = tables.values.add(mix(source, EVENTS_KEY));
  return !isStrange || tables.values.add(mix(source, STRANGE_KEY)) <= MIN_STRANGE + MAX_STRANGE * strangeRate * events;
}

/** Keeps a part of the event judged last from being learned with the rest. */
export function skipPart({ frame }: EventModel, { view, entry }: Part): void {
  frame.skipView(view);
  if (entry >= 0 && view !== AMOUNT && view !== RISK) frame.skipped[entry] = 1;
}

/**
 * In a field that hardly ever has new values, a sender may bring one; a second one waits, and where nobody knows the sender, each does.
 * What is still rare counts once for each sender. That bounds what a few strangers can make usual.
 * @param sender the source, or the stretch of time when there is none
 * @param admits whether a novelty has waited long enough
 */
export function holdBackNovelties(model: EventModel, sender: number, admits: (key: number) => boolean): boolean {
  const { reader, frame, tables } = model;
  const isAnonymous = frame.source === 0;
  const isAgain = (key: number, what: number): boolean => tables.values.add(mix(mix(sender, key), what)) > 0;
  let isHeldBack = false;
  for (let at = 0; at < reader.count; at++) {
    const seen = frame.seen[at]!;
    if (frame.skipped[at] === 1 || seen >= KNOWN) continue;
    const node = reader.nodes[at];
    if (node === undefined) {
      if (model.learned < STEADY || !(isAnonymous || isAgain(FIRST_KEY, NEW_FIELD))) continue;
      if (admits(mix(NEW_PATH_KEY, hashText(reader.unknown[at] ?? "")))) continue;
      frame.skipView(NEW_FIELD);
    } else {
      const cell = frame.cellOf[at];
      if (cell === undefined || isIdentity(node) || cell.size < STEADY || cell.values.rate > RARELY_NEW) continue;
      const value = mix(node.hash, reader.hashes[at]!);
      const waits = seen > 0 ? isAgain(RARE_KEY, value) : isAnonymous || isAgain(FIRST_KEY, node.hash);
      if (seen === 0) isAgain(RARE_KEY, value);
      if (!waits || admits(value)) continue;
    }
    frame.skipped[at] = 1;
    isHeldBack = true;
  }
  return isHeldBack;
}
