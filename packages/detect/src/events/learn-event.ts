import type { Context } from "./context-table.ts";
import { MATURE } from "./event-frame.ts";
import type { EventModel } from "./event-model.ts";
import { AMOUNT, MISSING, NEW_FIELD, PAIR, SEQUENCE, TOGETHER } from "./event-parts.ts";
import { EMPTY, LIST, NUMERAL, OBJECT, TEXT } from "./event-reader.ts";
import { mix } from "./hash.ts";
import { PAIR_KEY, SET_KEY, STEP_KEY } from "./judge-event.ts";

const FADE_EVERY = 32_768;
/** A wider context learns from each event of a young one, and from one in eight later; the widest from all. */
const YOUNG = 64;
const THINNING = 7;
const SOURCE_KEY = 0xf1;
const EXAMPLE_AT = 2;

/** Learns the event that was judged last, without the parts that are to be skipped. */
export function learnEvent(model: EventModel, event: unknown, nowMs: number): void {
  const { reader, frame, tables, contexts } = model;
  const { chain } = frame;
  model.learned++;
  model.weight++;
  learnSurprises(model);
  const isWhole = frame.skippedViews === 0 && !frame.skipped.includes(1);
  if ((reader.hasUnknown && isWhole) || model.learned === 1) {
    reader.read(event, true);
    frame.find(reader, contexts, tables.values);
  }
  if (!isPlaceSkipped(model)) frame.createContexts(contexts, tables.values);
  let isNarrowest = true;
  for (let level = chain.length - 1; level >= 0; level--) {
    const isThinned = level > 0 && !isNarrowest && chain[level + 1]!.size > YOUNG;
    if (isThinned && (mix(model.learned, level) & THINNING) !== 0) continue;
    learnIn(model, chain[level]!, isNarrowest);
    isNarrowest = false;
  }
  if (!frame.skips(PAIR)) learnPairs(model);
  learnOwners(model, nowMs);
  if (model.learned % FADE_EVERY === 0 || tables.values.isFull) model.fade();
  if (tables.grams.isFull) tables.grams.fade();
}

/** How surprising cells and views have been; of what is skipped, only the first from each source counts, so that one that sends much does not make it usual. */
function learnSurprises(model: EventModel): void {
  const { reader, frame, parts, pool, tables } = model;
  const { sender } = frame;
  const isFirstOf = (by: number, what: number): boolean => tables.values.add(mix(mix(by, SOURCE_KEY), what)) === 0;
  for (let at = 0; at < reader.count; at++) {
    const cell = frame.cellOf[at];
    if (cell === undefined || cell.size < MATURE) continue;
    const raw = frame.rawOf[at]!;
    if (frame.skipped[at] === 0) {
      cell.surprises.add(raw);
      pool.add(raw);
    } else if (isFirstOf(sender, reader.nodes[at]!.hash)) {
      cell.surprises.addStrange(raw);
      pool.addStrange(raw);
      const text = reader.texts[at]!;
      // Where nobody knows the senders, the first of each stretch of time may be the same attacker's.
      if (frame.source !== 0 && reader.kinds[at] === TEXT)
        reader.nodes[at]!.shape.learnStrange(text.length, model.rescan(at));
    }
  }
  if (model.learned <= MATURE) return;
  parts.learn(
    (view) => frame.skips(view),
    (view) => isFirstOf(sender, -1 - view),
  );
}

function isPlaceSkipped({ reader, frame }: EventModel): boolean {
  for (let at = 0; at < reader.count; at++)
    if (frame.skipped[at] === 1 && reader.nodes[at]?.isContext === true) return true;
  return false;
}

function learnIn(model: EventModel, context: Context, isNarrowest: boolean): void {
  const { reader, frame, contexts, tables } = model;
  const countsPresence = !frame.skips(NEW_FIELD) && !frame.skips(MISSING) && !frame.skips(TOGETHER);
  if (countsPresence) contexts.count(context, model.learned);
  frame.turn++;
  let fieldSet = 0;
  for (let at = 0; at < reader.count; at++) {
    const node = reader.nodes[at];
    if (node === undefined) continue;
    const isFirst = node.lastTurn !== frame.turn;
    node.lastTurn = frame.turn;
    if (isFirst) fieldSet ^= node.hash;
    const isSkipped = frame.skipped[at] === 1;
    const cell = isSkipped ? context.cells.get(node.id) : contexts.cellOf(context, node.id, node.hash);
    if (cell === undefined) continue;
    if (isFirst && countsPresence) cell.size++;
    if (!isSkipped) learnEntry(model, at, context, isNarrowest);
    else if (reader.kinds[at]! <= NUMERAL) cell.numbers?.addStrange(reader.numbers[at]!);
  }
  if (countsPresence) context.sets.add(tables.values.add(mix(context.hash ^ SET_KEY, fieldSet)));
}

function learnEntry(model: EventModel, at: number, context: Context, isNarrowest: boolean): void {
  const { reader, tables } = model;
  const node = reader.nodes[at]!;
  const cell = context.cells.get(node.id)!;
  const kind = reader.kinds[at]!;
  cell.learnKind(kind);
  if (kind === OBJECT || kind === LIST || kind === EMPTY) return;
  if (kind <= NUMERAL) cell.learnNumber(reader.numbers[at]!);
  if (cell.isFree(kind)) return;
  const before = tables.values.add(mix(cell.hash, reader.hashes[at]!));
  cell.values.add(before);
  if (!isNarrowest || (kind !== TEXT && kind !== NUMERAL)) return;
  const text = reader.texts[at]!;
  if (before === EXAMPLE_AT && kind === TEXT) node.keepExample(text);
  if (before === 0) node.shape.learn(text.length, model.rescan(at), tables);
}

function learnPairs({ frame, tables }: EventModel): void {
  const { paired, pairedCount } = frame;
  for (let i = 0; i < pairedCount; i++) {
    tables.values.add(paired[i]! ^ PAIR_KEY);
    for (let j = 0; j < i; j++) tables.values.add(mix(paired[i]!, paired[j]!));
  }
}

function learnOwners(model: EventModel, nowMs: number): void {
  const { frame, entities, tables } = model;
  const { session, owners, place, amountEntry } = frame;
  const isAmountSkipped = frame.skips(AMOUNT) || (amountEntry >= 0 && frame.skipped[amountEntry] === 1);
  const amount = isAmountSkipped ? Number.NaN : frame.amount;
  if (session !== 0 && !frame.skips(SEQUENCE)) {
    const before = entities.placeOf(entities.find(session));
    if (before !== 0) {
      tables.values.add(mix(before, STEP_KEY));
      tables.values.add(mix(before, place));
    }
    if (!owners.includes(session)) entities.learn(session, Number.NaN, place, nowMs);
  }
  if (owners.length > 0) entities.count(nowMs);
  for (const owner of owners) {
    entities.learn(owner, amount, place, nowMs);
    model.noteSafe(owner);
  }
}
