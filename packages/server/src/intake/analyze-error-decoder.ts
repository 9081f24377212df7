import {
  type Attributes,
  type ErrorEvent,
  type ExceptionInfo,
  type Json,
  type NativeBatch,
  type RequestContext,
  type Resource,
  type UserInfo,
  WIRE_LIMITS,
} from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { RedactionOptions, Redactor } from "@gatewatch/protocol/redact/redactor";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import { methodPattern } from "@gatewatch/protocol/schema/event-schema";
import { IDENTITY_LENGTHS, TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { DecodeContext, Decoder } from "../model/decoder.ts";
import { formatBatchId, makeBatchId } from "./batch-id.ts";
import { createTextCleaner, cutText, makeStorable, rememberTexts } from "./clean-text.ts";
import { EventProblem } from "./event-problem.ts";
import { settleTime } from "./event-time.ts";
import { isFields } from "./field-source.ts";
import { IntakeError } from "./intake-error.ts";
import { parseLenientJson } from "../model/parse-lenient-json.ts";
import { parsePythonTraceback, type TracebackException } from "./parse-python-traceback.ts";
import { parseV8Stack } from "./parse-v8-stack.ts";
import { cutFrames } from "./read-error-event.ts";
import { sealEvent } from "./read-event.ts";
import { createFactsReader, type FactsReader } from "./read-facts.ts";
import { parseTimeText } from "./parse-time-text.ts";

type Fields = Record<string, unknown>;

export const MAX_ANALYZE_BYTES = 1024 * 1024;
const MAX_TRACEBACK = 256 * 1024;
const METHOD = new RegExp(methodPattern);
const KNOWN = new Set(["timestamp", "environment", "request", "request_body", "user", "exception", "server", "custom"]);

/** Decodes single errors of clients that speak the agent API; each gets an id of the server's own. */
export function createAnalyzeErrorDecoder(redaction: RedactionOptions = {}): Decoder {
  const redactor = createRedactor(redaction);
  const facts = createFactsReader(redactor);
  const remembering = rememberTexts(redactor, createTextCleaner(redactor, (redaction.patterns ?? []).length === 0));
  return {
    name: "analyze-error",
    decode(bytes, context) {
      const fields = readBody(bytes);
      const batchId = makeBatchId(context.receivedAt);
      const id = formatBatchId(batchId);
      const trace = parseTrace(readTraceback(fields["exception"] as Fields));
      const sealed = sealEvent(readError(fields, id, context, trace, facts), remembering);
      if (sealed instanceof EventProblem)
        throw new IntakeError("payload_too_large", `The error is too large: ${sealed.message}.`);
      const head: NativeBatch = {
        batch: id,
        sentAt: context.receivedAt,
        resource: readResource(fields, trace, redactor),
      };
      const text = JSON.stringify(head);
      return {
        batchId,
        idempotent: false,
        batch: { ...head, events: [sealed.event] },
        body: Buffer.from(`${text.slice(0, -1)},"events":[${sealed.text}]}`),
        accepted: 1,
        rejected: [],
      };
    },
  };
}

function readBody(bytes: Uint8Array): Fields {
  const wanted = "expected a JSON object with `exception`: {`type`, `message`, `traceback`}";
  if (bytes.length > MAX_ANALYZE_BYTES)
    throw new IntakeError(
      "payload_too_large",
      `The body is ${bytes.length} bytes; at most ${MAX_ANALYZE_BYTES} are taken.`,
    );
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").trim();
  if (text === "") throw new IntakeError("invalid_request", `The body is empty; ${wanted}.`);
  let value: unknown;
  try {
    value = parseLenientJson(text);
  } catch {
    throw new IntakeError("invalid_request", `The body is not JSON; ${wanted}.`);
  }
  if (!isFields(value)) throw new IntakeError("invalid_request", `The body is not an object; ${wanted}.`);
  const exception = value["exception"];
  if (!isFields(exception)) throw new IntakeError("invalid_request", `\`exception\` is missing; ${wanted}.`);
  if (typeof exception["type"] !== "string" || exception["type"] === "")
    throw new IntakeError("invalid_request", `\`exception.type\` must be a text; ${wanted}.`);
  if (typeof (exception["message"] ?? "") !== "string")
    throw new IntakeError("invalid_request", `\`exception.message\` must be a text; ${wanted}.`);
  return value;
}

function readError(fields: Fields, id: string, context: DecodeContext, trace: Trace, facts: FactsReader): ErrorEvent {
  const event: ErrorEvent = {
    type: "error",
    time: readTime(fields["timestamp"], context.receivedAt),
    id,
    level: "error",
    handled: false,
    mechanism: "foreign",
    exceptions: readExceptions(fields["exception"] as Fields, trace),
  };
  const request = readRequest(fields, context, facts);
  if (request !== undefined) event.request = request;
  const user = readUser(fields["user"]);
  if (user !== undefined) event.user = user;
  const custom = readCustom(fields, facts);
  if (custom !== undefined) event.custom = custom;
  return event;
}

/** A time without a zone is UTC; one that cannot be used becomes the time of receipt. */
function readTime(value: unknown, receivedAt: number): number {
  if (typeof value !== "string" || value.length > 64) return receivedAt;
  const settled = settleTime(parseTimeText(value), receivedAt);
  return Number.isNaN(settled) ? receivedAt : settled;
}

/** A traceback as the client wrote it, and what its shape tells. */
interface Trace {
  text: string;
  exceptions: TracebackException[];
  /** Undefined when the text is of neither shape. */
  runtime: "python" | "javascript" | undefined;
}

function parseTrace(text: string): Trace {
  const python = parsePythonTraceback(text);
  if (python.length > 0) return { text, exceptions: python, runtime: "python" };
  const exceptions = parseV8Stack(text);
  return { text, exceptions, runtime: exceptions.length > 0 ? "javascript" : undefined };
}

function readExceptions(fields: Fields, trace: Trace): ExceptionInfo[] {
  const parsed = trace.exceptions.slice(0, WIRE_LIMITS.maxExceptions);
  const first: ExceptionInfo = {
    type: textOf(fields["type"], TRUNCATED_LENGTHS.type) ?? "Exception",
    message: textOf(fields["message"], TRUNCATED_LENGTHS.message) ?? "",
    frames: cutFrames(parsed[0]?.frames ?? []),
  };
  const module = textOf(fields["module"], TRUNCATED_LENGTHS.module);
  if (module !== undefined) first.module = module;
  if (parsed.length === 0 && trace.text !== "")
    first.rawStack = makeStorable(cutText(trace.text, TRUNCATED_LENGTHS.rawStack));
  const causes = parsed.slice(1).map((cause, index): ExceptionInfo => {
    const exception: ExceptionInfo = {
      type: textOf(cause.type ?? "Exception", TRUNCATED_LENGTHS.type)!,
      message: textOf(cause.message, TRUNCATED_LENGTHS.message) ?? "",
      frames: cutFrames(cause.frames),
      parent: index,
      relation: "cause",
    };
    if (cause.module !== null) exception.module = textOf(cause.module, TRUNCATED_LENGTHS.module)!;
    return exception;
  });
  return [first, ...causes];
}

/** The whole text, else the list of frames that some clients send beside or instead of it. */
function readTraceback(fields: Fields): string {
  const text = fields["traceback"];
  if (typeof text === "string" && text.trim() !== "") return makeStorable(cutText(text, MAX_TRACEBACK));
  const list = fields["traceback_list"];
  if (!Array.isArray(list)) return "";
  const lines = list.filter((item): item is string => typeof item === "string");
  return makeStorable(cutText(lines.map((item) => (item.endsWith("\n") ? item : `${item}\n`)).join(""), MAX_TRACEBACK));
}

function readRequest(fields: Fields, context: DecodeContext, facts: FactsReader): RequestContext | undefined {
  const given = fields["request"];
  if (!isFields(given)) return undefined;
  const query = readQuery(given["query_params"]);
  const search = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of values) search.append(name, value);
  const path = textOf(given["path"], TRUNCATED_LENGTHS.path) ?? "/";
  const method = given["method"];
  const request: RequestContext = {
    method: typeof method === "string" && METHOD.test(method) ? method : "GET",
    url: cutText(search.size === 0 ? path : `${path}?${search}`, TRUNCATED_LENGTHS.url),
    headers: {},
    query,
  };
  const contentType = textOf(given["content_type"], TRUNCATED_LENGTHS.contentType);
  if (contentType !== undefined) request.contentType = contentType;
  const userAgent = textOf(given["user_agent"], TRUNCATED_LENGTHS.userAgent);
  if (userAgent !== undefined) request.userAgent = userAgent;
  const address = textOf(given["remote_addr"], IDENTITY_LENGTHS.client);
  if (address !== undefined && address.toLowerCase() !== "unknown" && context.addressKey !== null)
    request.client = pseudonymiseAddress(address, context.addressKey);
  const body = readRequestBody(fields["request_body"], facts);
  if (body !== undefined) request.body = body;
  return request;
}

function readQuery(given: unknown): Record<string, string[]> {
  if (!isFields(given)) return {};
  const entries = Object.entries(given).slice(0, TRUNCATED_COUNTS.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const values = (Array.isArray(value) ? value : [value]).slice(0, TRUNCATED_COUNTS.headers);
      return [
        makeStorable(cutText(name, TRUNCATED_LENGTHS.type)),
        values.map((item) => textOf(scalarText(item), TRUNCATED_LENGTHS.url) ?? ""),
      ];
    }),
  );
}

/** A body that is JSON is kept as such: secrets are then told by their names. */
function readRequestBody(given: unknown, facts: FactsReader): Json | undefined {
  if (given === undefined || given === null) return undefined;
  const parsed = typeof given === "string" && /^\s*[[{]/.test(given) ? tryParse(given) : given;
  return readLoose(parsed, facts);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** E-mail addresses are not kept. */
function readUser(given: unknown): UserInfo | undefined {
  if (!isFields(given)) return undefined;
  const id = given["id"];
  return {
    authenticated: given["authenticated"] === true,
    id: typeof id === "number" ? id : (textOf(id, IDENTITY_LENGTHS.userId) ?? null),
    username: textOf(given["username"], IDENTITY_LENGTHS.userId) ?? null,
  };
}

/** What `custom` holds, and every key at the top that the shape does not know. */
function readCustom(fields: Fields, facts: FactsReader): Attributes | undefined {
  const custom = fields["custom"];
  const unknown = Object.entries(fields).filter(([name]) => !KNOWN.has(name));
  const own = isFields(custom)
    ? Object.entries(custom)
    : custom === undefined || custom === null
      ? []
      : [["custom", custom]];
  const entries = [...own, ...unknown].slice(0, WIRE_LIMITS.maxAttributes) as [string, unknown][];
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([name, value]) => [makeStorable(cutText(name, TRUNCATED_LENGTHS.type)), readLoose(value, facts)]),
  );
}

/** Foreign facts are never refused: what is too deep is left out. */
function readLoose(value: unknown, facts: FactsReader): Json {
  const read = facts.readJson(value, "custom");
  return read instanceof EventProblem ? "[nested too deep]" : read;
}

function readResource(fields: Fields, { runtime }: Trace, redactor: Redactor): Resource {
  // `unknown` is what these clients say when nothing was configured.
  const labelOf = (value: unknown): string | undefined => {
    const text = textOf(value, TRUNCATED_LENGTHS.resource);
    return text === undefined || text.toLowerCase() === "unknown" ? undefined : redactor.redactText(text);
  };
  const resource: Resource = runtime === undefined ? {} : { runtime };
  const server = isFields(fields["server"]) ? fields["server"] : {};
  const environment = labelOf(fields["environment"]);
  if (environment !== undefined) resource.environment = environment;
  const host = labelOf(server["hostname"]);
  if (host !== undefined) resource.host = host;
  const release = labelOf(server["version"]);
  if (release !== undefined) resource.release = release;
  return resource;
}

/** Never asks a hostile object for its own text. */
function scalarText(value: unknown): string {
  return typeof value === "object" && value !== null ? "[object]" : String(value);
}

function textOf(value: unknown, length: number): string | undefined {
  return typeof value === "string" && value !== "" ? makeStorable(cutText(value, length)) : undefined;
}
