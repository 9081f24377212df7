import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import type { DecodeContext, Decoder } from "../../model/decoder.ts";
import { formatBatchId, makeBatchId, tryParseBatchId } from "../batch-id.ts";
import { nestsTooDeep } from "../../model/check-nesting.ts";
import { createTextCleaner } from "../clean-text.ts";
import { isFields } from "../field-source.ts";
import { IntakeError, unreadableFrame } from "../intake-error.ts";
import { createAttributeCleaner } from "../otlp/attribute-cleaner.ts";
import { parseLenientJson } from "../../model/parse-lenient-json.ts";
import { createFactsReader } from "../read-facts.ts";
import { createFieldReaders } from "../request-fields.ts";
import { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, textOf } from "./loose-values.ts";
import { type EnvelopeItem, parseEnvelope } from "./parse-envelope.ts";
import { addLogs, addMetrics, type ContainerContext } from "./read-containers.ts";
import { readError, readSentryResource } from "./read-error.ts";
import { readAttachments } from "./read-attachments.ts";
import { addCheckIn, addClientReport, addFeedback, addSession, addSessionCounts } from "./read-reports.ts";
import { addSecurityReports } from "./read-security-report.ts";
import { addSpans } from "./read-spans.ts";
import { addTransaction } from "./read-transaction.ts";
import { driftOf } from "./sentry-time.ts";
import { unwrapLegacyBody } from "./unwrap-legacy-body.ts";

const KIB = 1024;
const MAX_ITEM_BYTES = 1024 * KIB;
/** Containers hold a hundred items. */
const MAX_CONTAINER_BYTES = 8 * 1024 * KIB;

type ItemReader = (payload: Fields, reading: Reading) => void;

interface Reading {
  batches: EnvelopeBatches;
  context: ContainerContext;
}

/** What is understood, with the largest payload of each. Any other item is skipped and counted. */
const READERS: Readonly<Record<string, { maxBytes: number; read: ItemReader }>> = {
  client_report: { maxBytes: 64 * KIB, read: (payload, { batches }) => addClientReport(payload, batches) },
  session: { maxBytes: 100 * KIB, read: (payload, { batches, context }) => addSession(payload, batches, context) },
  sessions: {
    maxBytes: 100 * KIB,
    read: (payload, { batches, context }) => addSessionCounts(payload, batches, context),
  },
  check_in: { maxBytes: 100 * KIB, read: (payload, { batches, context }) => addCheckIn(payload, batches, context) },
  feedback: {
    maxBytes: MAX_ITEM_BYTES,
    read: (payload, { batches, context }) => addFeedback(payload, batches, context),
  },
  user_report: { maxBytes: 100 * KIB, read: (payload, { batches, context }) => addFeedback(payload, batches, context) },
  log: { maxBytes: MAX_CONTAINER_BYTES, read: (payload, { batches, context }) => addLogs(payload, batches, context) },
  span: { maxBytes: MAX_CONTAINER_BYTES, read: (payload, { batches, context }) => addSpans(payload, batches, context) },
  trace_metric: {
    maxBytes: MAX_CONTAINER_BYTES,
    read: (payload, { batches, context }) => addMetrics(payload, batches, context),
  },
};

/** Decoders for envelopes, for single events, and for the reports of browsers. */
export function createSentryDecoders(redaction: RedactionOptions = {}): Record<string, Decoder> {
  const redactor = createRedactor(redaction);
  const cleaner = createTextCleaner(redactor, (redaction.patterns ?? []).length === 0);
  const facts = createFactsReader(redactor);
  const clean = createAttributeCleaner(redactor);
  const tools = {
    facts,
    readers: createFieldReaders(cleaner),
    // Frames and lines repeat themselves: they are mostly known already.
    redactor: { ...redactor, redactText: cleaner.text, redactUrl: cleaner.path, redactSource: cleaner.source },
  };
  const start = (context: DecodeContext, sentAt: unknown): Reading => ({
    batches: new EnvelopeBatches(tools, context.receivedAt),
    context: { ...context, facts, cleaner, clean, drift: driftOf(sentAt, context.receivedAt) },
  });

  return {
    sentryEnvelope: {
      name: "sentry-envelope",
      decode(bytes, context) {
        const { header, items } = parseEnvelope(asBuffer(bytes));
        const reading = start(context, header["sent_at"]);
        readEvents(items, header, reading);
        for (const item of items) readItem(item, reading);
        return reading.batches.finish();
      },
    },
    sentryStore: {
      name: "sentry-store",
      decode(bytes, context) {
        const event = parseObject(unwrapLegacyBody(asBuffer(bytes)), "event");
        const reading = start(context, undefined);
        addMainEvent(event, event["event_id"], {}, reading);
        return reading.batches.finish();
      },
    },
    sentrySecurity: {
      name: "sentry-security",
      decode(bytes, context) {
        const { report, ...about } = parseObject(asBuffer(bytes), "report");
        const reading = start(context, undefined);
        const resource = readSentryResource(about, cleaner);
        const makeId = () => formatBatchId(makeBatchId(context.receivedAt));
        if (addSecurityReports(report, resource, makeId, reading.batches, reading.context) === 0)
          throw unreadableFrame("The body is no report of a browser.");
        return reading.batches.finish();
      },
    },
  };
}

/** The one event or transaction of an envelope, with its attachments. */
function readEvents(items: readonly EnvelopeItem[], header: Fields, reading: Reading): void {
  const [item, second] = items.filter(({ type }) => type === "event" || type === "transaction");
  const attachments = items.filter(({ type }) => type === "attachment");
  if (second !== undefined) throw unreadableFrame("The envelope holds more than one event.");
  if (item === undefined) {
    if (attachments.length > 0) reading.batches.addDrops("attachment:no_event", attachments.length);
    return;
  }
  const event = parsePayload(item, MAX_ITEM_BYTES);
  const extra = item.type === "event" ? readAttachments(attachments, reading) : {};
  addMainEvent(
    item.type === "transaction" ? { ...event, type: "transaction" } : event,
    header["event_id"] ?? event["event_id"],
    extra,
    reading,
  );
}

function addMainEvent(event: Fields, givenId: unknown, extra: Fields, { batches, context }: Reading): void {
  const id = tryParseEventId(givenId);
  if (event["type"] === "transaction") return addTransaction(event, id, batches, context);
  const errorId = formatBatchId(id ?? makeBatchId(context.receivedAt)).replaceAll("-", "");
  batches.addError(readError(event, errorId, context, extra), readSentryResource(event, context.cleaner), id);
}

function readItem(item: EnvelopeItem, reading: Reading): void {
  const { type } = item;
  if (type === "event" || type === "transaction" || type === "attachment") return;
  if (type === "raw_security") {
    const makeId = () => formatBatchId(makeBatchId(reading.context.receivedAt));
    addSecurityReports(parsePayload(item, 100 * KIB), {}, makeId, reading.batches, reading.context);
    return;
  }
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (reader === undefined) reading.batches.leaveOut(countOf(item));
  else reader.read(parsePayload(item, reader.maxBytes), reading);
}

/** Containers tell how much they hold. */
function countOf({ header }: EnvelopeItem): number {
  const count = header["item_count"];
  return Number.isSafeInteger(count) && (count as number) > 0 ? Math.min(count as number, 1000) : 1;
}

function parsePayload({ type, payload }: EnvelopeItem, maxBytes: number): Fields {
  if (payload.length > maxBytes)
    throw new IntakeError(
      "payload_too_large",
      `The ${textOf(type, 40) ?? "item"} is ${payload.length} bytes; at most ${maxBytes} are taken.`,
    );
  return parseObject(payload, type);
}

function parseObject(bytes: Buffer, name: string): Fields {
  if (nestsTooDeep(bytes)) throw unreadableFrame(`The ${textOf(name, 40) ?? "item"} is nested too deep.`);
  let value: unknown;
  try {
    value = parseLenientJson(bytes.toString());
  } catch {
    value = undefined;
  }
  if (!isFields(value)) throw unreadableFrame(`The ${textOf(name, 40) ?? "item"} is not a JSON object.`);
  return value;
}

function tryParseEventId(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const hex = value.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/i.test(hex) || /^0+$/.test(hex)) return undefined;
  return tryParseBatchId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
