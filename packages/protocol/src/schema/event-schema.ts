import { IDENTITY_LENGTHS, MAX_DURATION_MS } from "./field-limits.ts";
import { WIRE_LIMITS } from "../limits.ts";

const SAFE_INTEGER = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const STRING = { type: "string" } as const;
const STRINGS = { type: "array", items: STRING } as const;
const LINE_NUMBER = { type: "integer", minimum: 0, maximum: 2_147_483_647 } as const;

/** Free facts: any JSON object of at most 128 keys; depth and size have bounds of their own. */
export const attributesSchema = { type: "object", maxProperties: WIRE_LIMITS.maxAttributes } as const;

/** What every event has. */
const base = {
  time: { type: "number", minimum: 0, maximum: 8.64e15 },
  requestId: { type: "string", maxLength: IDENTITY_LENGTHS.requestId },
  traceId: { type: "string", pattern: "^[0-9a-f]{32}$" },
  spanId: { type: "string", pattern: "^[0-9a-f]{16}$" },
} as const;

/** Letters, `_` and `-`: every registered method, and nothing that could hide a secret. */
export const methodPattern = "^[A-Za-z][A-Za-z_-]{0,31}$";
/** A number as long as those of cards is no id. */
export const errorIdPattern = "^(?!\\d{13,19}$)[A-Za-z0-9_.:-]{1,128}$";

export const debugIdPattern = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

/** 0: the client went away before a head was sent. */
export const statusSchema = {
  anyOf: [
    { type: "integer", const: 0 },
    { type: "integer", minimum: 100, maximum: 999 },
  ],
} as const;

export const requestEventSchema = {
  type: "object",
  required: ["type", "time", "method", "path", "status", "durationMs"],
  properties: {
    type: { const: "request" },
    ...base,
    method: { type: "string", pattern: methodPattern },
    route: { anyOf: [{ type: "string", maxLength: IDENTITY_LENGTHS.route }, { type: "null" }] },
    path: STRING,
    status: statusSchema,
    durationMs: { type: "number", minimum: 0, maximum: MAX_DURATION_MS },
    requestBytes: SAFE_INTEGER,
    responseBytes: SAFE_INTEGER,
    aborted: { type: "boolean" },
    client: { type: "string", maxLength: IDENTITY_LENGTHS.client },
    userAgent: STRING,
    userId: { type: "string", maxLength: IDENTITY_LENGTHS.userId },
    errorId: { type: "string", maxLength: IDENTITY_LENGTHS.errorId },
    host: STRING,
    scheme: { type: "string", maxLength: IDENTITY_LENGTHS.scheme },
    attributes: attributesSchema,
  },
} as const;

const frameSchema = {
  type: "object",
  required: ["file", "inApp"],
  properties: {
    file: STRING,
    function: STRING,
    module: STRING,
    line: LINE_NUMBER,
    column: LINE_NUMBER,
    inApp: { type: "boolean" },
    context: {
      type: "object",
      required: ["pre", "line", "post"],
      properties: { pre: STRINGS, line: STRING, post: STRINGS },
    },
    debugId: { type: "string", pattern: debugIdPattern },
  },
} as const;

const exceptionSchema = {
  type: "object",
  required: ["type", "message", "frames"],
  properties: {
    type: STRING,
    message: STRING,
    module: STRING,
    code: STRING,
    frames: { type: "array", items: frameSchema },
    rawStack: STRING,
    parent: { type: "integer", minimum: 0, maximum: WIRE_LIMITS.maxExceptions },
    relation: { enum: ["cause", "member"] },
  },
} as const;

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

const breadcrumbSchema = {
  type: "object",
  required: ["time", "category", "message"],
  properties: {
    time: base.time,
    category: { enum: ["log", "http", "custom", "query"] },
    level: { enum: LEVELS },
    message: STRING,
    data: attributesSchema,
  },
} as const;

const userSchema = {
  type: "object",
  required: ["authenticated", "id", "username"],
  properties: {
    authenticated: { type: "boolean" },
    id: { anyOf: [{ type: "string", maxLength: IDENTITY_LENGTHS.userId }, { type: "number" }, { type: "null" }] },
    username: { anyOf: [STRING, { type: "null" }] },
    email: { anyOf: [STRING, { type: "null" }] },
  },
} as const;

const fieldsSchema = { type: "object", additionalProperties: { anyOf: [STRING, STRINGS] } } as const;

const requestContextSchema = {
  type: "object",
  required: ["method", "url", "headers", "query"],
  properties: {
    method: { type: "string", pattern: methodPattern },
    url: STRING,
    route: requestEventSchema.properties.route,
    headers: fieldsSchema,
    query: fieldsSchema,
    body: true,
    contentType: STRING,
    client: requestEventSchema.properties.client,
    userAgent: STRING,
    status: statusSchema,
  },
} as const;

export const errorEventSchema = {
  type: "object",
  required: ["type", "time", "id", "level", "handled", "mechanism", "exceptions"],
  properties: {
    type: { const: "error" },
    ...base,
    id: { type: "string", pattern: errorIdPattern },
    level: { enum: ["fatal", "error", "warning"] },
    handled: { type: "boolean" },
    mechanism: {
      enum: ["throw", "rejection", "next", "stream", "uncaughtException", "unhandledRejection", "manual", "foreign"],
    },
    exceptions: { type: "array", minItems: 1, items: exceptionSchema },
    count: { type: "integer", minimum: 1, maximum: 1_000_000_000 },
    fingerprint: STRINGS,
    request: requestContextSchema,
    user: userSchema,
    breadcrumbs: { type: "array", items: breadcrumbSchema },
    attributes: attributesSchema,
    custom: attributesSchema,
  },
} as const;

export const logEventSchema = {
  type: "object",
  required: ["type", "time", "level", "message"],
  properties: {
    type: { const: "log" },
    ...base,
    level: { enum: LEVELS },
    message: STRING,
    attributes: attributesSchema,
  },
} as const;

export const metricEventSchema = {
  type: "object",
  required: ["type", "time", "name", "kind", "value"],
  properties: {
    type: { const: "metric" },
    ...base,
    name: { type: "string", minLength: 1, maxLength: IDENTITY_LENGTHS.name },
    kind: { enum: ["counter", "gauge", "histogram"] },
    value: { type: "number" },
    unit: { type: "string", maxLength: IDENTITY_LENGTHS.unit },
    attributes: attributesSchema,
  },
} as const;

export const customEventSchema = {
  type: "object",
  required: ["type", "time", "name"],
  properties: {
    type: { const: "custom" },
    ...base,
    name: { type: "string", minLength: 1, maxLength: IDENTITY_LENGTHS.name },
    attributes: attributesSchema,
  },
} as const;

/** One schema for each event type. */
export const EVENT_SCHEMAS = {
  request: requestEventSchema,
  error: errorEventSchema,
  log: logEventSchema,
  metric: metricEventSchema,
  custom: customEventSchema,
} as const;
