import type { Context } from "./context-table.ts";
import { KNOWN, MATURE, MAX_PAIRED } from "./event-frame.ts";
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
  RATE,
  RISK,
  SEQUENCE,
  TOGETHER,
  VALUE,
} from "./event-parts.ts";
import { EMPTY, FRACTION, LIST, NUMERAL, OBJECT, TEXT, YES_NO } from "./event-reader.ts";
import type { FieldCell } from "./field-cell.ts";
import { isIdentity } from "./field-node.ts";
import { mix } from "./hash.ts";

export const [SET_KEY, PAIR_KEY, STEP_KEY] = [0x5e7, 0x9a, 0x71] as const;
const MAX_NEW_FIELDS = 3;
const MAX_MISSING = 4;
const MIN_NOVELTY = 0.8;
const MANY_VALUES = 40;
const [LEAST_NOVEL, PER_SHAPE, MOST_NOVEL] = [0.4, 0.3, 1.2];
const MIN_PAIRS = 200;
const PAIRED_FROM = 100;
const PAIRED_RATE = 0.05;
const MIN_EXPECTED = 2;
const MIN_LEARNED = 100;
/** Of amounts, sizes and durations, too much matters, and too little half as much. */
const LOW_SHARE = 0.5;
/** −log10 of a normal tail is about this much of the square. */
const PER_SQUARE = 0.217;

/** Each field by itself: its kind, value, number, shape. */
export function judgeFields(model: EventModel): void {
  const { reader, frame, parts, contexts, pool } = model;
  const { turn, deepest } = frame;
  let newFields = 0;
  let fieldSet = 0;
  for (let at = 0; at < reader.count; at++) {
    const node = reader.nodes[at];
    frame.cellOf[at] = undefined;
    frame.seen[at] = KNOWN;
    if (node === undefined) {
      frame.seen[at] = 0;
      if (newFields++ < MAX_NEW_FIELDS) parts.add(NEW_FIELD, at, -1, contexts.root.surpriseOfNewField());
      continue;
    }
    const isFirst = node.lastTurn !== turn;
    node.lastTurn = turn;
    if (isFirst) fieldSet ^= node.hash;
    if (isFirst && !deepest.cells.has(node.id) && newFields++ < MAX_NEW_FIELDS)
      parts.add(NEW_FIELD, at, -1, deepest.surpriseOfNewField());
    const cell = findCell(frame.chain, node.id);
    if (cell === undefined) continue;
    const raw = judgeEntry(model, at, cell);
    frame.cellOf[at] = cell;
    frame.rawOf[at] = raw;
    parts.add(VALUE, at, -1, cell.surprises.surpriseOf(raw, pool));
    noteForOthers(model, at, cell);
  }
  frame.fieldSet = fieldSet;
}

/** That of the narrowest context that knows enough; of none, that which knows most. */
function findCell(chain: readonly Context[], nodeId: number): FieldCell | undefined {
  let best: FieldCell | undefined;
  for (let level = chain.length - 1; level >= 0; level--) {
    const cell = chain[level]!.cells.get(nodeId);
    if (cell === undefined) continue;
    if (cell.size >= MATURE) return cell;
    if (best === undefined || cell.size > best.size) best = cell;
  }
  return best;
}

/** @returns −log10 of how rare the entry is in its cell, before it is held against what the cell usually has */
function judgeEntry(model: EventModel, at: number, cell: FieldCell): number {
  const { reader, frame, parts, tables } = model;
  const kind = reader.kinds[at]!;
  const ofKind = cell.surpriseOfKind(kind);
  parts.add(KIND, at, -1, ofKind);
  if (kind === OBJECT || kind === LIST || kind === EMPTY) return ofKind;
  if (cell.isFree(kind)) return ofKind + judgeNumber(model, at, cell);
  const count = tables.values.get(mix(cell.hash, reader.hashes[at]!));
  frame.seen[at] = Math.min(KNOWN, count);
  // What has been seen is no more surprising than what has not.
  const ofValue = Math.min(cell.values.surpriseOf(count), cell.values.surpriseOfNew());
  if (count > 0) return ofKind + ofValue;
  const ofShape = kind === TEXT ? judgeShape(model, at) : 0;
  if (kind > NUMERAL) judgeNovelty(model, at, ofValue, ofShape);
  if (kind === TEXT) return ofKind + ofValue + ofShape;
  // That a number is new and that it is far out is the same thing said twice.
  if (kind > NUMERAL) return ofKind + ofValue;
  const ofNumber = judgeNumber(model, at, cell);
  return ofKind + Math.max(ofValue, ofNumber, kind === NUMERAL ? judgeDigits(model, at) : 0);
}

/** Something new in a field that hardly ever has anything new; the less so, the more it looks like all the others there. */
function judgeNovelty({ reader, parts }: EventModel, at: number, ofValue: number, ofShape: number): void {
  const node = reader.nodes[at]!;
  if (ofValue <= MIN_NOVELTY || isIdentity(node)) return;
  const likeness = node.shape.size < MANY_VALUES ? 1 : Math.min(MOST_NOVEL, LEAST_NOVEL + PER_SHAPE * ofShape);
  parts.add(NOVEL, at, -1, ofValue * likeness);
}

function judgeNumber({ reader, parts }: EventModel, at: number, cell: FieldCell): number {
  const { numbers } = cell;
  if (numbers === undefined) return 0;
  const value = reader.numbers[at]!;
  const isTooLittle = reader.nodes[at]!.isAmount && !numbers.isHigh(value);
  const surprise = numbers.surpriseOf(value) * (isTooLittle ? LOW_SHARE : 1);
  parts.add(NUMBERS, at, -1, surprise);
  return surprise;
}

function judgeShape(model: EventModel, at: number): number {
  const { reader, parts, shape } = model;
  const surprise = reader.nodes[at]!.shape.surpriseOf(reader.texts[at]!.length, model.rescan(at), model.tables, shape);
  parts.add(CHARS, at, -1, shape.chars);
  parts.add(LENGTH, at, -1, shape.length);
  parts.add(GRAMS, at, -1, shape.grams);
  return surprise;
}

/** How digits are written: what they amount to, which is also how long they are, is judged as a number. */
function judgeDigits(model: EventModel, at: number): number {
  const { reader, parts, shape } = model;
  reader.nodes[at]!.shape.surpriseOf(reader.texts[at]!.length, model.rescan(at), model.tables, shape);
  parts.add(CHARS, at, -1, shape.chars);
  return Math.max(shape.chars, shape.pattern);
}

/** Notes what the views of several fields need. */
function noteForOthers({ reader, frame }: EventModel, at: number, cell: FieldCell): void {
  const kind = reader.kinds[at]!;
  const node = reader.nodes[at]!;
  if (kind <= NUMERAL && node.isAmount && cell.size >= MATURE && frame.amountEntry < 0) {
    frame.amount = reader.numbers[at]!;
    frame.amountEntry = at;
  }
  if (frame.pairedCount >= MAX_PAIRED || kind > YES_NO || kind === FRACTION || kind === EMPTY) return;
  if (cell.size < PAIRED_FROM || cell.values.rate > PAIRED_RATE || node.isContext) return;
  frame.paired[frame.pairedCount++] = mix(node.hash, reader.hashes[at]!);
}

/** Fields that are always there, and are not; fields that never come together. */
export function judgePresence({ frame, parts, tree, tables }: EventModel): void {
  const { deepest, turn } = frame;
  const { size } = deepest;
  if (size < MATURE) return;
  let missing = 0;
  for (const [id, cell] of deepest.cells) {
    if (tree.nodes[id]!.lastTurn === turn || cell.size * 2 < size) continue;
    const surprise = -Math.log10((Math.max(0, size - cell.size) + 0.5) / (size + 1));
    if (missing++ < MAX_MISSING) parts.add(MISSING, -1, id, surprise);
  }
  if (tables.values.get(mix(deepest.hash ^ SET_KEY, frame.fieldSet)) === 0)
    parts.add(TOGETHER, -1, -1, deepest.sets.surpriseOfNew());
}

/** Two usual values that hardly ever come together. */
export function judgePairs({ frame, parts, tables, weight }: EventModel): void {
  const { pairedCount, paired } = frame;
  if (pairedCount < 2 || weight < MIN_PAIRS) return;
  const { values } = tables;
  let most = 0;
  for (let i = 1; i < pairedCount; i++) {
    const first = values.get(paired[i]! ^ PAIR_KEY);
    for (let j = 0; j < i; j++) {
      const second = values.get(paired[j]! ^ PAIR_KEY);
      const expected = (first * second) / (weight + 1);
      if (expected < MIN_EXPECTED) continue;
      const seen = values.get(mix(paired[i]!, paired[j]!));
      if (seen > expected * 0.5) continue;
      const rarity = -Math.log10((seen + 0.5) / (Math.min(first, second) + 1));
      most = Math.max(most, Math.min(rarity, Math.LOG10E * (expected - seen)));
    }
  }
  parts.add(PAIR, -1, -1, most);
}

/** What the same user or address usually does: its amounts, its rate, its next step; and what people have said of it. */
export function judgeOwners(model: EventModel, nowMs: number): void {
  const { frame, entities, tables, parts } = model;
  const { session, owners, ownerEntries, amount, amountEntry } = frame;
  if (session === 0 || model.learned < MIN_LEARNED) return;
  const before = entities.placeOf(entities.find(session));
  if (before !== 0) {
    const from = tables.values.get(mix(before, STEP_KEY));
    const seen = tables.values.get(mix(before, frame.place));
    parts.add(SEQUENCE, -1, -1, -Math.log10(Math.min(1, (seen + 0.5) / (from + 1))));
  }
  for (const [index, owner] of owners.entries()) {
    parts.add(RISK, ownerEntries[index]!, -1, model.riskOf(owner));
  }
  const [owner] = owners;
  if (owner === undefined) return;
  const at = entities.find(owner);
  if (amountEntry >= 0) {
    const z = entities.zOf(at, amount);
    parts.add(AMOUNT, amountEntry, -1, PER_SQUARE * z * z * (z < 0 ? LOW_SHARE : 1));
  }
  parts.add(RATE, -1, -1, 0.6 * Math.log2(1 + 1_000 * entities.shareOf(at, nowMs)));
}
