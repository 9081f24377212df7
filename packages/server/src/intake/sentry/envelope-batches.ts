import {
  type ErrorEvent,
  type GatewatchEvent,
  type NativeBatch,
  type Resource,
  WIRE_LIMITS,
} from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { composeBatchBody } from "../../model/batch-body.ts";
import type { DecodedBatch } from "../../model/decoder.ts";
import { formatBatchId, makeBatchId } from "../batch-id.ts";
import { type ColumnsBuilder, createColumnsBuilder } from "../build-request-columns.ts";
import { EventProblem } from "../event-problem.ts";
import { IntakeError } from "../intake-error.ts";
import { type ReadEvent, sealEvent } from "../read-event.ts";
import type { FactsReader } from "../read-facts.ts";
import type { FieldReader, TextField } from "../request-fields.ts";
import { forgetAttachedTexts } from "./read-attachments.ts";

/** All events of an envelope as JSON: a journal's record takes 16 MiB. */
const MAX_EVENT_BYTES = 12 * 1024 * 1024;
const MAX_BATCHES = 100;

export interface BatchTools {
  redactor: Redactor;
  facts: FactsReader;
  readers: Record<TextField, FieldReader>;
}

interface Draft {
  batchId: Uint8Array;
  idempotent: boolean;
  resource: Resource;
  columns: ColumnsBuilder;
  rows: number;
  events: GatewatchEvent[];
  texts: string[];
}

/** Collects what an envelope brings: what has an id of the client's own becomes a batch of that id, so that a repetition is known. */
export class EnvelopeBatches {
  private readonly tools: BatchTools;
  private readonly receivedAt: number;
  private readonly drafts = new Map<string, Draft>();
  private readonly drops = new Map<string, number>();
  private leftOut = 0;
  private bytes = 0;
  private count = 0;

  constructor(tools: BatchTools, receivedAt: number) {
    this.tools = tools;
    this.receivedAt = receivedAt;
  }

  /** An error, made smaller step by step until it fits. @throws IntakeError when it does not even so. */
  addError(error: ErrorEvent, resource: Resource, id: Uint8Array | undefined): void {
    let sealed = sealEvent(error, this.tools.redactor);
    for (const shrink of SHRINKS) {
      if (!(sealed instanceof EventProblem)) break;
      error = shrink(error);
      sealed = sealEvent(error, this.tools.redactor);
    }
    if (sealed instanceof EventProblem)
      throw new IntakeError("payload_too_large", `The event is too large: ${sealed.message}.`);
    const draft = this.draftOf(resource, id);
    if (draft === undefined) this.leaveOut(1);
    else this.keep(draft, sealed);
  }

  /** Any event but an error or a request; one that is too large is left out and counted. */
  addEvent(event: GatewatchEvent, resource: Resource, id?: Uint8Array): void {
    const sealed = sealEvent(event, this.tools.redactor);
    const draft = this.draftOf(resource, id);
    if (sealed instanceof EventProblem || draft === undefined) this.leaveOut(1);
    else this.keep(draft, sealed);
  }

  addRequest(fields: Record<string, unknown>, resource: Resource, id: Uint8Array | undefined): void {
    const draft = this.draftOf(resource, id);
    this.take(JSON.stringify(fields).length);
    if (draft !== undefined && draft.columns.add(fields) === undefined) draft.rows++;
    else this.leaveOut(1);
  }

  /** A client's own account of what it has not sent, or ours of what came and cannot be kept. */
  addDrops(reason: string, count: number): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + count);
  }

  /** Items that were understood, or skipped, and of which nothing is kept. */
  leaveOut(count: number): void {
    this.leftOut += count;
  }

  finish(): DecodedBatch {
    const drafts = [...this.drafts.values()].filter(({ rows, events }) => rows + events.length > 0);
    // The account goes with a batch of the server's own id: one that is repeated would swallow it.
    const plain = drafts.find(({ idempotent }) => !idempotent);
    const own = this.drops.size > 0 && plain === undefined ? this.createDraft({}, undefined) : plain;
    const all = own === undefined || drafts.includes(own) ? drafts : [own, ...drafts];
    if (all.length === 0) all.push(this.createDraft({}, undefined));
    const head = own ?? all[0]!;
    const first = this.finishDraft(head, true);
    const also = all.filter((draft) => draft !== head).map((draft) => this.finishDraft(draft, false));
    return also.length === 0 ? first : { ...first, also };
  }

  /** Undefined when the envelope speaks for more processes than it may: what one tells is never told of another. */
  private draftOf(resource: Resource, id: Uint8Array | undefined): Draft | undefined {
    const key = id === undefined ? JSON.stringify(resource) : formatBatchId(id);
    const known = this.drafts.get(key);
    if (known !== undefined) return known;
    if (this.drafts.size >= MAX_BATCHES) return undefined;
    const draft = this.createDraft(resource, id);
    this.drafts.set(key, draft);
    return draft;
  }

  private createDraft(resource: Resource, id: Uint8Array | undefined): Draft {
    return {
      batchId: id ?? makeBatchId(this.receivedAt),
      idempotent: id !== undefined,
      resource,
      columns: createColumnsBuilder(this.tools.readers, this.tools.facts, this.receivedAt),
      rows: 0,
      events: [],
      texts: [],
    };
  }

  private keep(draft: Draft, { event, text }: ReadEvent): void {
    this.take(Buffer.byteLength(text));
    draft.events.push(event);
    draft.texts.push(text);
  }

  private take(bytes: number): void {
    this.bytes += bytes;
    this.count++;
    if (this.bytes > MAX_EVENT_BYTES || this.count > WIRE_LIMITS.maxEvents)
      throw new IntakeError(
        "payload_too_large",
        `The envelope holds more than ${WIRE_LIMITS.maxEvents} events or ${MAX_EVENT_BYTES} bytes of them.`,
      );
  }

  private finishDraft(draft: Draft, isFirst: boolean): DecodedBatch {
    const { batchId, idempotent, resource, columns, rows, events, texts } = draft;
    const batch: NativeBatch = { batch: formatBatchId(batchId), sentAt: this.receivedAt };
    if (Object.keys(resource).length > 0) batch.resource = resource;
    if (isFirst && this.drops.size > 0) batch.drops = Object.fromEntries(this.drops);
    const built = columns.finish();
    if (built !== undefined) {
      if (built.dict.length > 0) batch.dict = built.dict;
      batch.columns = { request: built.columns };
    }
    const body = composeBatchBody(batch, texts);
    if (events.length > 0) batch.events = events;
    const decoded: DecodedBatch = { batchId, idempotent, batch, body, accepted: rows + events.length, rejected: [] };
    return isFirst ? { ...decoded, leftOut: this.leftOut } : decoded;
  }
}

/** What goes first when an error is too large: the least needed for finding its cause. */
const SHRINKS: readonly ((error: ErrorEvent) => ErrorEvent)[] = [
  (error) => (error.custom === undefined ? error : { ...error, custom: forgetAttachedTexts(error.custom) }),
  ({ custom: _custom, ...rest }) => rest,
  (error) => ({
    ...error,
    ...(error.breadcrumbs === undefined
      ? {}
      : { breadcrumbs: error.breadcrumbs.map(({ data: _data, ...crumb }) => crumb) }),
  }),
  (error) =>
    error.request === undefined ? error : { ...error, request: { ...error.request, body: "[Body too large]" } },
  ({ breadcrumbs: _breadcrumbs, attributes: _attributes, ...rest }) => rest,
  (error) => ({
    ...error,
    exceptions: error.exceptions.map((exception) => ({
      ...exception,
      frames: exception.frames.map(({ context: _context, ...frame }) => frame),
    })),
  }),
  ({ request: _request, ...rest }) => rest,
];
