import { ContextTable } from "./context-table.ts";
import { CountTable } from "./count-table.ts";
import { EntityTable } from "./entity-table.ts";
import { EventFrame } from "./event-frame.ts";
import { EventParts } from "./event-parts.ts";
import { EventReader } from "./event-reader.ts";
import { FieldTree } from "./field-node.ts";
import { judgeFields, judgeOwners, judgePairs, judgePresence } from "./judge-event.ts";
import { learnEvent } from "./learn-event.ts";
import { SurpriseSketch } from "./surprise-sketch.ts";
import { TextScan } from "./text-scan.ts";
import { createShapeParts, type TextTables } from "./text-shape.ts";

const MAX_NODES = 256;
const MAX_CONTEXTS = 256;
const MAX_CELLS = 1_024;
const VALUE_SLOTS = 65_536;
const GRAM_SLOTS = 131_072;
const ENTITY_SLOTS = 2_048;
const REMEMBERED = 20_000;
const [RISK_KEY, SAFE_KEY, CONFIRMED_KEY] = [0xbad, 0x5afe, 0xc0f];
const MAX_RISK = 10;
/** Events like all others that an owner is taken to have had beside its own. */
const RISK_PRIOR = 1;
/** Surprise for each power of ten of the odds. */
const RISK_GAIN = 1.25;
const MAX_SHARE = 0.999;

/** All that a stream's events have taught, and what it says of one more. */
export class EventModel {
  readonly seed: number;
  readonly tree: FieldTree;
  readonly reader: EventReader;
  readonly contexts = new ContextTable(MAX_CONTEXTS, MAX_CELLS);
  readonly tables: TextTables = {
    values: new CountTable(VALUE_SLOTS),
    grams: new CountTable(GRAM_SLOTS),
    gramSurprises: new SurpriseSketch(REMEMBERED),
  };
  readonly entities = new EntityTable(ENTITY_SLOTS);
  readonly parts = new EventParts();
  /** How surprising values of all fields together have been. */
  readonly pool = new SurpriseSketch(REMEMBERED);
  readonly frame = new EventFrame(this.contexts.root);
  readonly scan = new TextScan();
  readonly shape = createShapeParts();
  learned = 0;
  /** Learned since counts were last halved, with half of what was before. */
  weight = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.tree = new FieldTree(MAX_NODES, seed);
    this.reader = new EventReader(this.tree);
  }

  get bytes(): number {
    const { values, grams } = this.tables;
    let bytes = values.bytes + grams.bytes + this.entities.bytes + 8_192;
    for (const { shapeBytes } of this.tree.nodes) bytes += shapeBytes + 200;
    for (const context of this.contexts.contexts.values()) {
      bytes += 200;
      for (const cell of context.cells.values()) bytes += cell.bytes;
    }
    return bytes;
  }

  /** Reads an event and finds its parts. @returns its score */
  judge(event: unknown, nowMs: number): number {
    this.frame.clear();
    this.parts.clear();
    this.reader.read(event, false);
    this.frame.find(this.reader, this.contexts, this.tables.values);
    judgeFields(this);
    judgePresence(this);
    judgePairs(this);
    judgeOwners(this, nowMs);
    return this.parts.score();
  }

  /** Learns the event that was judged last, without the parts that are to be skipped. */
  learn(event: unknown, nowMs: number): void {
    learnEvent(this, event, nowMs);
  }

  rescan(entry: number): TextScan {
    this.scan.scan(this.reader.texts[entry]!);
    return this.scan;
  }

  /**
   * Surprise about an owner of whom people have confirmed anomalies: how far the odds of one more are above those of all events. What came
   * since without any counts against it.
   */
  riskOf(owner: number): number {
    const { values } = this.tables;
    const confirmed = values.get(owner ^ RISK_KEY);
    if (confirmed === 0) return 0;
    const usual = (values.get(CONFIRMED_KEY) + 0.5) / (this.weight + 1);
    const own = (confirmed + RISK_PRIOR * usual) / (confirmed + values.get(owner ^ SAFE_KEY) + RISK_PRIOR);
    return Math.max(0, Math.min(MAX_RISK, RISK_GAIN * Math.log10(oddsOf(own) / oddsOf(usual))));
  }

  /** Notes that people have confirmed an anomaly: of the owner who explains it, if one is known already, and else of all. */
  noteConfirmed(): void {
    const { values } = this.tables;
    const { owners } = this.frame;
    const known = owners.filter((owner) => values.get(owner ^ RISK_KEY) > 0);
    const worst = known.toSorted((a, b) => values.get(b ^ RISK_KEY) - values.get(a ^ RISK_KEY)).slice(0, 1);
    values.add(CONFIRMED_KEY);
    for (const owner of known.length > 0 ? worst : owners) {
      values.add(owner ^ RISK_KEY);
      // It was learned as one without.
      values.takeOne(owner ^ SAFE_KEY);
    }
  }

  /** Notes that people have found nothing wrong with an event of these owners. */
  noteCleared(): void {
    for (const owner of this.frame.owners) {
      this.tables.values.remove(owner ^ RISK_KEY);
      this.tables.values.remove(owner ^ SAFE_KEY);
    }
  }

  noteSafe(owner: number): void {
    const { values } = this.tables;
    if (values.get(owner ^ RISK_KEY) > 0) values.add(owner ^ SAFE_KEY);
  }

  /** What is old counts half. */
  fade(): void {
    this.weight /= 2;
    this.tables.values.fade();
    for (const context of this.contexts.contexts.values()) {
      context.sets.fade();
      for (const cell of context.cells.values()) cell.values.fade();
    }
    for (const node of this.tree.nodes) node.fade();
  }
}

function oddsOf(share: number): number {
  const bounded = Math.min(MAX_SHARE, share);
  return bounded / (1 - bounded);
}
