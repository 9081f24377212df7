import {
  type GatewatchEvent,
  type NativeBatch,
  type RejectedEvent,
  type Resource,
  WIRE_LIMITS,
} from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { composeBatchBody } from "../../model/batch-body.ts";
import type { DecodeContext, DecodedBatch } from "../../model/decoder.ts";
import { formatBatchId, makeBatchId } from "../batch-id.ts";
import { type ColumnsBuilder, createColumnsBuilder } from "../build-request-columns.ts";
import { EventProblem } from "../event-problem.ts";
import { sealEvent } from "../read-event.ts";
import type { FactsReader } from "../read-facts.ts";
import type { FieldReader, TextField } from "../request-fields.ts";
import type { AttributeCleaner } from "./attribute-cleaner.ts";

/** All events of a request as JSON, whatever their number: a journal's record takes 16 MiB. */
const MAX_EVENT_BYTES = 12 * 1024 * 1024;
/** Each resource becomes a batch of its own. */
const MAX_RESOURCES = 200;

export interface CollectorTools {
  redactor: Redactor;
  facts: FactsReader;
  readers: Record<TextField, FieldReader>;
}

/** What readers of items ask for. */
export interface ItemContext {
  receivedAt: number;
  addressKey: Uint8Array | null;
  clean: AttributeCleaner;
}

/** The events of one resource. */
interface Group {
  batchId: Uint8Array;
  batch: string;
  resource: Resource;
  columns: ColumnsBuilder;
  rows: number;
  events: GatewatchEvent[];
  texts: string[];
}

/** Collects what one request brings: the events by their resource, and what of its items is refused. */
export class EventCollector {
  private readonly tools: CollectorTools;
  private readonly context: DecodeContext;
  private readonly groups = new Map<string, Group>();
  private readonly rejected: RejectedEvent[] = [];
  private group: Group | undefined;
  private count = 0;
  private bytes = 0;
  private items = 0;
  private leftOut = 0;

  constructor(tools: CollectorTools, context: DecodeContext) {
    this.tools = tools;
    this.context = context;
  }

  /** What follows belongs to this resource. */
  enter(resource: Resource): void {
    const key = JSON.stringify(resource);
    this.group = this.groups.get(key);
    if (this.group !== undefined || this.groups.size >= MAX_RESOURCES) return;
    const { receivedAt } = this.context;
    const batchId = makeBatchId(receivedAt);
    const { readers, facts } = this.tools;
    this.group = {
      batchId,
      batch: formatBatchId(batchId),
      resource,
      columns: createColumnsBuilder(readers, facts, receivedAt),
      rows: 0,
      events: [],
      texts: [],
    };
    this.groups.set(key, this.group);
  }

  /** A span, a log record or a data point was read; `problem` says why it is refused. */
  finishItem(problem: EventProblem | undefined): void {
    if (problem !== undefined) this.rejected.push(problem.toRejected(this.items));
    this.items++;
  }

  /** An item was understood of which nothing is kept. */
  leaveOut(): void {
    this.leftOut++;
    this.items++;
  }

  /** An id for an error of this resource, never given twice. */
  makeErrorId(): string {
    return `${this.group?.batch ?? formatBatchId(makeBatchId(this.context.receivedAt))}.${this.count}`;
  }

  addRequest(fields: Record<string, unknown>): EventProblem | undefined {
    const group = this.take(sizeOfRow(fields));
    if (group instanceof EventProblem) return group;
    const problem = group.columns.add(fields);
    if (problem === undefined) group.rows++;
    return problem;
  }

  addEvent(event: GatewatchEvent): EventProblem | undefined {
    const sealed = sealEvent(event, this.tools.redactor);
    if (sealed instanceof EventProblem) return sealed;
    const group = this.take(Buffer.byteLength(sealed.text));
    if (group instanceof EventProblem) return group;
    group.events.push(sealed.event);
    group.texts.push(sealed.text);
    return undefined;
  }

  /** The batches; the first one tells of all that was refused. */
  finish(): DecodedBatch {
    const groups = [...this.groups.values()].filter((group) => group.rows + group.events.length > 0);
    const [first, ...also] = groups.map((group) => this.finishGroup(group));
    const whole = first ?? this.finishEmpty();
    return { ...whole, rejected: this.rejected, leftOut: this.leftOut, also };
  }

  private take(bytes: number): Group | EventProblem {
    const { group } = this;
    if (group === undefined)
      return new EventProblem("event_too_large", `a request may bring at most ${MAX_RESOURCES} different resources`);
    if (this.count >= WIRE_LIMITS.maxEvents)
      return new EventProblem("event_too_large", `a request may bring at most ${WIRE_LIMITS.maxEvents} events`);
    if (this.bytes + bytes > MAX_EVENT_BYTES)
      return new EventProblem("event_too_large", `the events of a request may take at most ${MAX_EVENT_BYTES} bytes`);
    this.count++;
    this.bytes += bytes;
    return group;
  }

  private finishGroup({ batchId, batch, resource, columns, rows, events, texts }: Group): DecodedBatch {
    const native: NativeBatch = { batch, sentAt: this.context.receivedAt, resource };
    const built = columns.finish();
    if (built !== undefined) {
      if (built.dict.length > 0) native.dict = built.dict;
      native.columns = { request: built.columns };
    }
    const body = composeBatchBody(native, texts);
    if (events.length > 0) native.events = events;
    return { batchId, idempotent: false, batch: native, body, accepted: rows + events.length, rejected: [] };
  }

  private finishEmpty(): DecodedBatch {
    const batchId = makeBatchId(this.context.receivedAt);
    const batch: NativeBatch = { batch: formatBatchId(batchId), sentAt: this.context.receivedAt };
    return { batchId, idempotent: false, batch, body: composeBatchBody(batch, []), accepted: 0, rejected: [] };
  }
}

/** About what a row of columns takes: its texts, three bytes at most for each of their units. */
function sizeOfRow(fields: Record<string, unknown>): number {
  let size = 64;
  for (const value of Object.values(fields)) {
    if (typeof value === "string") size += value.length * 3;
    else if (typeof value === "object" && value !== null) size += JSON.stringify(value).length * 3;
  }
  return size;
}
