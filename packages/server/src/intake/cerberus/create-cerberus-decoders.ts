import { type MetricEvent, type NativeBatch, type RejectedEvent, WIRE_LIMITS } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { composeBatchBody } from "../../model/batch-body.ts";
import type { DecodeContext, DecodedBatch, Decoder } from "../../model/decoder.ts";
import { formatBatchId, makeBatchId } from "../batch-id.ts";
import { createColumnsBuilder } from "../build-request-columns.ts";
import { createTextCleaner, cutText } from "../clean-text.ts";
import { EventProblem } from "../event-problem.ts";
import { isFields } from "../field-source.ts";
import { IntakeError } from "../intake-error.ts";
import { sealEvent } from "../read-event.ts";
import { createFactsReader } from "../read-facts.ts";
import { createFieldReaders } from "../request-fields.ts";
import { parseFrame } from "./parse-frame.ts";
import { createPseudonymCache } from "./pseudonym-cache.ts";
import { readCerberusEvent } from "./read-cerberus-event.ts";

/** Events of one `POST /v1/ingest/batch`. */
export const MAX_BATCH_EVENTS = 1000;
/** Measurements of one batch as JSON; those beyond it stay attributes of their requests. */
const MAX_METRIC_BYTES = 4 * 1024 * 1024;

/** The decoder of batches, which frames of the WebSocket become on their way. */
export function createCerberusDecoders(redaction: RedactionOptions = {}): Record<string, Decoder> {
  const redactor = createRedactor(redaction);
  const cleaner = createTextCleaner(redactor, (redaction.patterns ?? []).length === 0);
  // Its parts are redacted when they are read, each by the rule for its kind.
  const facts = createFactsReader({ ...redactor, redactValue: (value) => value });
  const readers = createFieldReaders(cleaner);
  const pseudonymsOf = createPseudonymCache();

  function decodeEvents(events: readonly unknown[], clientId: unknown, context: DecodeContext): DecodedBatch {
    const columns = createColumnsBuilder(readers, facts, context.receivedAt);
    const pseudonyms = pseudonymsOf(context);
    const rejected: RejectedEvent[] = [];
    const metrics: MetricEvent[] = [];
    const texts: string[] = [];
    let metricBytes = 0;
    let leftOut = 0;

    function addMetrics(found: readonly MetricEvent[]): void {
      for (const metric of found) {
        const sealed = sealEvent(metric, redactor);
        if (sealed instanceof EventProblem) continue;
        metricBytes += Buffer.byteLength(sealed.text);
        if (metricBytes > MAX_METRIC_BYTES || events.length + metrics.length >= WIRE_LIMITS.maxEvents) return;
        metrics.push(sealed.event as MetricEvent);
        texts.push(sealed.text);
      }
    }

    for (const [index, event] of events.entries()) {
      const read = isFields(event)
        ? readCerberusEvent(event, redactor, pseudonyms, context.receivedAt)
        : new EventProblem("invalid_event", "the event is not an object");
      if (read === "filtered") {
        leftOut++;
        continue;
      }
      const problem = read instanceof EventProblem ? read : columns.add(read.request);
      if (problem !== undefined) rejected.push(problem.toRejected(index));
      else if (!(read instanceof EventProblem)) addMetrics(read.metrics);
    }

    const batchId = makeBatchId(context.receivedAt);
    const native: NativeBatch = { batch: formatBatchId(batchId), sentAt: context.receivedAt };
    if (typeof clientId === "string" && clientId !== "")
      native.resource = { service: cleaner.text(cutText(clientId, TRUNCATED_LENGTHS.resource)) };
    const built = columns.finish();
    if (built !== undefined) {
      native.dict = built.dict;
      native.columns = { request: built.columns };
    }
    const body = composeBatchBody(native, texts);
    const accepted = (built?.columns.n ?? 0) + metrics.length;
    if (metrics.length > 0) native.events = metrics;
    return { batchId, idempotent: false, batch: native, body, accepted, rejected, leftOut };
  }

  return {
    cerberusBatch: {
      name: "cerberus-batch",
      decode(bytes, context) {
        const { events, client_id: clientId } = parseFrame(bytes);
        if (!Array.isArray(events)) throw new IntakeError("invalid_request", "`events` must be a list of events.");
        if (events.length > MAX_BATCH_EVENTS)
          throw new IntakeError(
            "payload_too_large",
            `The batch has ${events.length} events; at most ${MAX_BATCH_EVENTS} are taken.`,
          );
        return decodeEvents(events, clientId, context);
      },
    },
  };
}
