import { WIRE_LIMITS } from "../limits.ts";
import { EVENT_SCHEMAS } from "./event-schema.ts";

export const batchIdPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

const COUNT = { type: "integer", minimum: 0 } as const;
const STRING = { type: "string" } as const;

/** An index into `dict`, the string itself, or null for absent. */
export const stringColumnSchema = {
  type: "array",
  items: { anyOf: [COUNT, STRING, { type: "null" }] },
} as const;

const numbers = { type: "array", items: { type: "number" } } as const;
const sizes = { type: "array", items: { anyOf: [COUNT, { type: "null" }] } } as const;

export const requestColumnsSchema = {
  type: "object",
  required: ["n", "t0", "time", "durationUs", "status", "method", "path"],
  properties: {
    n: { type: "integer", minimum: 0, maximum: WIRE_LIMITS.maxEvents },
    t0: { type: "integer", minimum: 0, maximum: 8.64e15 },
    time: numbers,
    durationUs: numbers,
    status: numbers,
    method: stringColumnSchema,
    path: stringColumnSchema,
    route: stringColumnSchema,
    requestId: stringColumnSchema,
    traceId: stringColumnSchema,
    spanId: stringColumnSchema,
    client: stringColumnSchema,
    userAgent: stringColumnSchema,
    userId: stringColumnSchema,
    errorId: stringColumnSchema,
    host: stringColumnSchema,
    scheme: stringColumnSchema,
    requestBytes: sizes,
    responseBytes: sizes,
    aborted: { type: "array", items: { enum: [0, 1] } },
    attributes: stringColumnSchema,
  },
} as const;

export const resourceSchema = {
  type: "object",
  properties: {
    service: STRING,
    environment: STRING,
    release: STRING,
    host: STRING,
    runtime: STRING,
    pid: COUNT,
    sdk: { type: "object", required: ["name", "version"], properties: { name: STRING, version: STRING } },
  },
} as const;

/** A batch whose every event is valid. The server is milder: it refuses single events and keeps the rest. */
export const nativeBatchSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "NativeBatch",
  type: "object",
  required: ["batch", "sentAt"],
  properties: {
    batch: { type: "string", pattern: batchIdPattern },
    sentAt: { type: "number", minimum: 0 },
    resource: resourceSchema,
    drops: { type: "object", additionalProperties: COUNT },
    events: {
      type: "array",
      maxItems: WIRE_LIMITS.maxEvents,
      items: { anyOf: Object.values(EVENT_SCHEMAS) },
    },
    dict: { type: "array", maxItems: WIRE_LIMITS.maxDictEntries, items: STRING },
    columns: { type: "object", properties: { request: requestColumnsSchema } },
  },
} as const;

const rejectedSchema = {
  type: "array",
  items: {
    type: "object",
    required: ["index", "code", "message"],
    properties: { index: COUNT, code: STRING, message: STRING },
    additionalProperties: false,
  },
} as const;

/** 200 of `POST /v1/events`. */
export const batchAnswerSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "BatchAnswer",
  type: "object",
  required: ["batch", "accepted", "duplicate", "rejected"],
  properties: { batch: STRING, accepted: COUNT, duplicate: { type: "boolean" }, rejected: rejectedSchema },
  additionalProperties: false,
} as const;

/** One frame of the server on `/v1/stream`. */
export const streamAnswerSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "StreamAnswer",
  anyOf: [
    {
      type: "object",
      required: ["ack", "accepted", "duplicate", "rejected"],
      properties: { ack: STRING, accepted: COUNT, duplicate: { type: "boolean" }, rejected: rejectedSchema },
      additionalProperties: false,
    },
    {
      type: "object",
      required: ["nack", "code", "message"],
      properties: { nack: STRING, code: STRING, message: STRING, retryAfterMs: COUNT },
      additionalProperties: false,
    },
  ],
} as const;
