import { WIRE_LIMITS, type GatewatchEvent, type NativeBatch, type RejectedEvent } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { RedactionOptions, Redactor } from "@gatewatch/protocol/redact/redactor";
import { composeBatchBody } from "../model/batch-body.ts";
import type { DecodedBatch, Decoder } from "../model/decoder.ts";
import { createColumnsBuilder, type ColumnsBuilder } from "./build-request-columns.ts";
import { checkRequestColumns, dropRows, type CheckedColumns } from "./check-request-columns.ts";
import { createTextCleaner, rememberTexts, type TextCleaner } from "./clean-text.ts";
import { countPairs } from "./count-pairs.ts";
import { EventProblem } from "./event-problem.ts";
import { isFields } from "./field-source.ts";
import { IntakeError, unreadableFrame } from "./intake-error.ts";
import { readEvent } from "./read-event.ts";
import { createFactsReader } from "./read-facts.ts";
import { readFrame, type Frame } from "./read-frame.ts";
import { createFieldReaders } from "./request-fields.ts";

/** Decodes the native wire, objects and columns; `redaction` says what is taken out beyond the built-in rules. */
export function createNativeDecoder(redaction: RedactionOptions = {}): Decoder {
  const redactor = createRedactor(redaction);
  return createDecoderWith(redactor, createTextCleaner(redactor, (redaction.patterns ?? []).length === 0));
}

/** The same with parts of the caller's own: the benchmark measures it with some that take nothing out. */
export function createDecoderWith(redactor: Redactor, cleaner: TextCleaner): Decoder {
  const readers = createFieldReaders(cleaner);
  const facts = createFactsReader(redactor);
  const remembering = rememberTexts(redactor, cleaner);

  return {
    name: "gatewatch",
    decode(bytes, context) {
      const frame = readFrame(bytes, cleaner);
      const dict = readDict(frame, cleaner, redactor);
      const checked =
        frame.requestColumns === undefined
          ? undefined
          : checkRequestColumns(frame.requestColumns, dict.strings, readers, facts, context.receivedAt);
      const rows = checked?.columns.n ?? 0;
      checkCount(rows + frame.events.length);
      const rejected: RejectedEvent[] = [];
      if (checked !== undefined) for (const [row, problem] of checked.problems) rejected.push(problem.toRejected(row));
      rejected.sort((a, b) => a.index - b.index);

      if (checked !== undefined && frame.events.length === 0) {
        const asReceived =
          frame.asReceived &&
          dict.same &&
          !checked.changed &&
          countPairs(bytes) === frame.pairs + Object.keys(checked.columns).length;
        return finishColumns(frame, checked, dict.strings, rejected, asReceived ? bytes : undefined);
      }

      const builder = createColumnsBuilder(readers, facts, context.receivedAt);
      if (checked !== undefined) builder.addRows(dropRows(checked.columns, checked.problems), dict.strings);
      const others: GatewatchEvent[] = [];
      const texts: string[] = [];
      for (let index = 0; index < frame.events.length; index++) {
        const problem = addEvent(frame.events[index], builder, others, texts, context.receivedAt);
        if (problem !== undefined) rejected.push(problem.toRejected(rows + index));
      }
      return finishEvents(frame, builder, others, texts, rejected, rows + frame.events.length);
    },
  };

  function addEvent(
    event: unknown,
    builder: ColumnsBuilder,
    others: GatewatchEvent[],
    texts: string[],
    receivedAt: number,
  ): EventProblem | undefined {
    if (!isFields(event)) return new EventProblem("invalid_event", "the event is not an object");
    if (event["type"] === "request") return builder.add(event);
    const read = readEvent(event, facts, remembering, receivedAt);
    if (read instanceof EventProblem) return read;
    others.push(read.event);
    texts.push(read.text);
    return undefined;
  }
}

function checkCount(count: number): void {
  if (count > WIRE_LIMITS.maxEvents)
    throw new IntakeError(
      "payload_too_large",
      `The batch has ${count} events; at most ${WIRE_LIMITS.maxEvents} are taken.`,
    );
}

function readDict(frame: Frame, cleaner: TextCleaner, redactor: Redactor): { strings: string[]; same: boolean } {
  const { dict } = frame;
  let same = true;
  for (let index = 0; index < dict.length; index++) {
    const entry = dict[index];
    if (typeof entry !== "string") throw unreadableFrame("`dict` must be a list of texts.");
    const clean = cleanEntry(entry, cleaner, redactor);
    if (clean === entry) continue;
    dict[index] = clean;
    same = false;
  }
  return { strings: dict as string[], same };
}

function cleanEntry(entry: string, cleaner: TextCleaner, redactor: Redactor): string {
  const first = entry.charCodeAt(0);
  if (first === 0x2f) return cleaner.path(entry);
  return first === 0x7b ? cleanFacts(entry, cleaner, redactor) : cleaner.text(entry);
}

/** The JSON text of attributes stays JSON: its values are redacted, not its characters; what hides behind a repeated name goes. */
function cleanFacts(text: string, cleaner: TextCleaner, redactor: Redactor): string {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(redactor.redactValue(value));
  } catch {
    return cleaner.text(text);
  }
}

function finishColumns(
  frame: Frame,
  checked: CheckedColumns,
  dict: string[],
  rejected: RejectedEvent[],
  received: Uint8Array | undefined,
): DecodedBatch {
  const batch = startBatch(frame);
  if (dict.length > 0) batch.dict = dict;
  const columns = checked.problems.size > 0 ? dropRows(checked.columns, checked.problems) : checked.columns;
  if (columns.n > 0) batch.columns = { request: columns };
  const body = received ?? Buffer.from(JSON.stringify(batch));
  return { batchId: frame.batchId, idempotent: true, batch, body, accepted: columns.n, rejected };
}

function finishEvents(
  frame: Frame,
  builder: ColumnsBuilder,
  others: GatewatchEvent[],
  texts: string[],
  rejected: RejectedEvent[],
  count: number,
): DecodedBatch {
  const batch = startBatch(frame);
  const built = builder.finish();
  if (built !== undefined) {
    batch.dict = built.dict;
    batch.columns = { request: built.columns };
  }
  const body = composeBatchBody(batch, texts);
  if (others.length > 0) batch.events = others;
  return {
    batchId: frame.batchId,
    idempotent: true,
    batch,
    body,
    accepted: count - rejected.length,
    rejected,
  };
}

function startBatch(frame: Frame): NativeBatch {
  const batch: NativeBatch = { batch: frame.batch, sentAt: frame.sentAt };
  if (frame.resource !== undefined) batch.resource = frame.resource;
  if (frame.drops !== undefined) batch.drops = frame.drops;
  return batch;
}
