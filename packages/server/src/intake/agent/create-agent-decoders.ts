import {
  type Attributes,
  type CustomEvent,
  type ErrorEvent,
  type GatewatchEvent,
  type NativeBatch,
  WIRE_LIMITS,
} from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import { composeBatchBody } from "../../model/batch-body.ts";
import type { DecodeContext, DecodedBatch, Decoder } from "../../model/decoder.ts";
import { createAnalyzeErrorDecoder } from "../analyze-error-decoder.ts";
import { formatBatchId, makeBatchId } from "../batch-id.ts";
import { EventProblem } from "../event-problem.ts";
import { IntakeError } from "../intake-error.ts";
import { readEvent } from "../read-event.ts";
import { createFactsReader, type FactsReader } from "../read-facts.ts";
import { AGENT_BODIES, checkFields, parseAgentBody } from "./read-agent-body.ts";

type Fields = Record<string, unknown>;

/** The name of the events that tell what agents have done. */
export const AGENT_ACTION_EVENT = "agent.action";

/** What the agent API stores: errors in two shapes, and the actions that agents ask for. */
export function createAgentDecoders(redaction: RedactionOptions = {}): Record<string, Decoder> {
  const analyzeError = createAnalyzeErrorDecoder(redaction);
  const redactor = createRedactor(redaction);
  const facts = createFactsReader(redactor);
  return {
    analyzeError,
    agentEvent: {
      name: "agent-event",
      decode: (bytes, context) => analyzeError.decode(Buffer.from(JSON.stringify(toError(readBody(bytes)))), context),
    },
    agentAction: {
      name: "agent-action",
      decode(bytes, context) {
        const fields = readBody(bytes, true);
        const read = readEvent(
          {
            type: "custom",
            time: context.receivedAt,
            name: AGENT_ACTION_EVENT,
            attributes: { action: fields["action"], metadata: boundMetadata(fields["metadata"], facts) },
          },
          facts,
          redactor,
          context.receivedAt,
        );
        if (read instanceof EventProblem)
          throw new IntakeError("payload_too_large", `The metadata is too large: ${read.message}.`);
        return seal(read.event, read.text, context);
      },
    },
  };
}

/** The redacted metadata of an action that was stored. */
export function readStoredAction({ batch }: DecodedBatch): Attributes {
  const { attributes } = batch.events![0] as CustomEvent;
  return (attributes?.["metadata"] ?? {}) as Attributes;
}

/** The redacted error of an event that was stored. */
export function readStoredError({ batch }: DecodedBatch): ErrorEvent {
  return batch.events![0] as ErrorEvent;
}

function readBody(bytes: Uint8Array, isAction = false): Fields {
  const fields = parseAgentBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  checkFields(fields, isAction ? AGENT_BODIES.executeAction : AGENT_BODIES.analyseEvent);
  return fields;
}

/** The same error as the older call has it. */
function toError({ error_type: type, message, stack_trace: traceback, context }: Fields): Fields {
  return { exception: { type, message, traceback }, custom: context };
}

function boundMetadata(given: unknown, facts: FactsReader): unknown {
  if (given === undefined || given === null) return {};
  if (Object.keys(given).length > WIRE_LIMITS.maxAttributes)
    throw new IntakeError("payload_too_large", `metadata has more than ${WIRE_LIMITS.maxAttributes} members.`);
  const read = facts.readJson(given, "metadata");
  return read instanceof EventProblem ? {} : read;
}

function seal(event: GatewatchEvent, text: string, { receivedAt }: DecodeContext): DecodedBatch {
  const batchId = makeBatchId(receivedAt);
  const head: NativeBatch = { batch: formatBatchId(batchId), sentAt: receivedAt };
  return {
    batchId,
    idempotent: false,
    batch: { ...head, events: [event] },
    body: composeBatchBody(head, [text]),
    accepted: 1,
    rejected: [],
  };
}
