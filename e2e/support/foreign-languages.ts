import { randomUUID } from "node:crypto";
import { makeLogs, nanos, writeRequest } from "../../packages/server/src/intake/otlp/testing/requests.ts";

/** One body that a client posts to the server, and how the server refuses bodies there. */
export interface ForeignBody {
  name: string;
  path: string;
  type: string;
  /** How a key travels. */
  keyed(key: string): Record<string, string>;
  /** A good body of one event that says `note` and is of this time. */
  make(note: string, timeMs: number): Buffer;
  /** Of a body, unpacked. */
  maxBytes: number;
  /** Where a repeated body is known by its id. */
  idempotent: boolean;
  /** What an event of years ago becomes: it is refused by name, or it is of now. */
  old: "refused" | "now";
  /** Every refusal in this protocol's shape. */
  refusal: RegExp;
  statuses: {
    /** Of a key that nobody has. */
    unknownKey: 401 | 403;
    /** Of a body that cannot be read. */
    unreadable: 400 | 422;
  };
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const logOf = (note: string, timeMs: number) => makeLogs([{ timeUnixNano: nanos(timeMs), body: note }]);

const native: ForeignBody = {
  name: "native",
  path: "/v1/events",
  type: "application/json",
  keyed: bearer,
  make: (message, time) =>
    json({ batch: randomUUID(), sentAt: time, events: [{ type: "log", time, level: "info", message }] }),
  maxBytes: 8 * 2 ** 20,
  idempotent: true,
  old: "refused",
  refusal: /^\{"error":\{"code":"[a-z_]+","message":"/,
  statuses: { unknownKey: 401, unreadable: 400 },
};

const agent: ForeignBody = {
  ...native,
  name: "agents, an error",
  path: "/api/v1/analyze-error",
  make: (message, timeMs) =>
    json({
      timestamp: new Date(timeMs).toISOString().slice(0, -1),
      exception: { type: "ValueError", message, traceback: "" },
    }),
  maxBytes: 2 ** 20,
  idempotent: false,
  old: "now",
  statuses: { unknownKey: 401, unreadable: 422 },
};

const agentStep: ForeignBody = {
  ...agent,
  name: "agents, a step",
  path: "/agent/analyze-event/",
  make: (message) => json({ error_type: "ValueError", message }),
  refusal: /^\{"error":"[^"]+","details":/,
  statuses: { unknownKey: 401, unreadable: 400 },
};

const cerberus: ForeignBody = {
  ...agent,
  name: "Cerberus",
  path: "/v1/ingest/batch",
  keyed: (key) => ({ "x-api-key": key }),
  make: (note, timeMs) => {
    const timestamp = new Date(timeMs).toISOString();
    return json({ events: [{ endpoint: "/orders", method: "GET", timestamp, custom_data: { note } }] });
  },
  maxBytes: 8 * 2 ** 20,
  refusal: /^\{"detail":"[^"]+"\}$/,
  statuses: { unknownKey: 403, unreadable: 400 },
};

const otlpJson: ForeignBody = {
  ...native,
  name: "OTLP, JSON",
  path: "/v1/logs",
  make: (note, timeMs) => writeRequest("logs", "json", logOf(note, timeMs)),
  idempotent: false,
  refusal: /^\{"code":\d+,"message":"/,
};

const otlpProtobuf: ForeignBody = {
  ...otlpJson,
  name: "OTLP, protobuf",
  type: "application/x-protobuf",
  make: (note, timeMs) => writeRequest("logs", "protobuf", logOf(note, timeMs)),
  // A `google.rpc.Status`: its code, then its message.
  refusal: /^[\b][^]\cR[^]/,
};

/** The bodies that every client of these languages posts. */
export const FOREIGN_BODIES: readonly ForeignBody[] = [native, agent, agentStep, cerberus, otlpJson, otlpProtobuf];
