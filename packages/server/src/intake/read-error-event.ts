import {
  WIRE_LIMITS,
  type Breadcrumb,
  type ErrorEvent,
  type ExceptionInfo,
  type RequestContext,
  type SourceContext,
  type StackFrame,
  type UserInfo,
} from "@gatewatch/protocol";
import { debugIdPattern, errorIdPattern, methodPattern } from "@gatewatch/protocol/schema/event-schema";
import { IDENTITY_LENGTHS, TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "./clean-text.ts";
import { EventProblem, wrongField } from "./event-problem.ts";
import { FieldSource } from "./field-source.ts";
import type { FactsReader } from "./read-facts.ts";
import { EXPECTED_STATUS, isStatus } from "./request-fields.ts";
import { LOG_LEVELS, readBase } from "./read-base.ts";

type Fields = Record<string, unknown>;

const ERROR_ID = new RegExp(errorIdPattern);
const METHOD = new RegExp(methodPattern);
const DEBUG_ID = new RegExp(debugIdPattern);
const MECHANISMS = [
  "throw",
  "rejection",
  "next",
  "stream",
  "uncaughtException",
  "unhandledRejection",
  "manual",
  "foreign",
] as const;
const MAX_LINE = 2_147_483_647;
const MAX_COUNT = 1_000_000_000;

/** Checks an error event and copies its known fields, cut to their limits; not redacted yet. */
export function readErrorEvent(fields: Fields, time: number, facts: FactsReader): ErrorEvent | EventProblem {
  const source = new FieldSource();
  const event: ErrorEvent = {
    type: "error",
    ...readBase(source, fields, time),
    id: source.matching(fields, "id", ERROR_ID, "1 to 128 letters, digits or _ . : -"),
    level: source.oneOf(fields, "level", ["fatal", "error", "warning"] as const),
    handled: source.boolean(fields, "handled"),
    mechanism: source.oneOf(fields, "mechanism", MECHANISMS),
    exceptions: readExceptions(source, fields),
  };
  const count = source.optionalInteger(fields, "count", 1, MAX_COUNT);
  if (count !== undefined) event.count = count;
  if (fields["fingerprint"] !== undefined)
    event.fingerprint = source.texts(
      fields,
      "fingerprint",
      TRUNCATED_COUNTS.fingerprints,
      TRUNCATED_LENGTHS.fingerprint,
    );
  if (fields["request"] !== undefined) event.request = readRequest(source, source.object(fields, "request"), facts);
  if (fields["user"] !== undefined) event.user = readUser(source, source.object(fields, "user"));
  if (fields["breadcrumbs"] !== undefined) event.breadcrumbs = readBreadcrumbs(source, fields, facts);
  for (const name of ["attributes", "custom"] as const) {
    if (fields[name] === undefined) continue;
    const read = facts.readFacts(fields[name], name);
    if (read instanceof EventProblem) source.fail(read);
    else event[name] = read;
  }
  return source.problem ?? event;
}

function readExceptions(source: FieldSource, fields: Fields): ExceptionInfo[] {
  const items = source.objects(fields, "exceptions");
  if (items.length === 0) source.fail(wrongField("exceptions", fields["exceptions"], "a list of at least one object"));
  return items.map((item) => readException(source, item)).slice(0, WIRE_LIMITS.maxExceptions);
}

function readException(source: FieldSource, fields: Fields): ExceptionInfo {
  const exception: ExceptionInfo = {
    type: source.text(fields, "type", TRUNCATED_LENGTHS.type),
    message: source.text(fields, "message", TRUNCATED_LENGTHS.message),
    frames: cutFrames(source.objects(fields, "frames").map((frame) => readFrame(source, frame))),
  };
  for (const name of ["module", "code", "rawStack"] as const) {
    const value = source.optionalText(fields, name, TRUNCATED_LENGTHS[name]);
    if (value !== undefined) exception[name] = value;
  }
  const parent = source.optionalInteger(fields, "parent", 0, WIRE_LIMITS.maxExceptions);
  if (parent !== undefined) exception.parent = parent;
  if (fields["relation"] !== undefined)
    exception.relation = source.oneOf(fields, "relation", ["cause", "member"] as const);
  return exception;
}

/** Of an endless recursion both ends are kept: where it was thrown and where it began. */
export function cutFrames(frames: StackFrame[]): StackFrame[] {
  if (frames.length <= WIRE_LIMITS.maxFrames) return frames;
  const half = WIRE_LIMITS.maxFrames / 2;
  return [...frames.slice(0, half), ...frames.slice(-half)];
}

function readFrame(source: FieldSource, fields: Fields): StackFrame {
  const frame: StackFrame = {
    file: source.text(fields, "file", TRUNCATED_LENGTHS.file),
    inApp: source.boolean(fields, "inApp"),
  };
  for (const name of ["function", "module"] as const) {
    const value = source.optionalText(fields, name, TRUNCATED_LENGTHS[name]);
    if (value !== undefined) frame[name] = value;
  }
  for (const name of ["line", "column"] as const) {
    const value = source.optionalInteger(fields, name, 0, MAX_LINE);
    if (value !== undefined) frame[name] = value;
  }
  if (fields["context"] !== undefined) frame.context = readContext(source, source.object(fields, "context"));
  if (fields["debugId"] !== undefined) frame.debugId = source.matching(fields, "debugId", DEBUG_ID, "a UUID");
  return frame;
}

function readContext(source: FieldSource, fields: Fields): SourceContext {
  const { sourceLines } = TRUNCATED_COUNTS;
  const { sourceLine } = TRUNCATED_LENGTHS;
  return {
    pre: source.texts(fields, "pre", sourceLines, sourceLine),
    line: source.text(fields, "line", sourceLine),
    post: source.texts(fields, "post", sourceLines, sourceLine),
  };
}

function readRequest(source: FieldSource, fields: Fields, facts: FactsReader): RequestContext {
  const request: RequestContext = {
    method: source.matching(fields, "method", METHOD, "a method of at most 32 letters, _ or -"),
    url: source.text(fields, "url", TRUNCATED_LENGTHS.url),
    headers: readTextFields(source, fields, "headers"),
    query: readTextFields(source, fields, "query"),
  };
  if (fields["route"] === null) request.route = null;
  else if (fields["route"] !== undefined) request.route = source.identity(fields, "route", IDENTITY_LENGTHS.route);
  if (fields["body"] !== undefined) {
    const body = facts.readJson(fields["body"], "request.body");
    if (body instanceof EventProblem) source.fail(body);
    else request.body = body;
  }
  const contentType = source.optionalText(fields, "contentType", TRUNCATED_LENGTHS.contentType);
  if (contentType !== undefined) request.contentType = contentType;
  const client = source.optionalIdentity(fields, "client", IDENTITY_LENGTHS.client);
  if (client !== undefined) request.client = client;
  const userAgent = source.optionalText(fields, "userAgent", TRUNCATED_LENGTHS.userAgent);
  if (userAgent !== undefined) request.userAgent = userAgent;
  if (isStatus(fields["status"])) request.status = fields["status"];
  else if (fields["status"] !== undefined) source.fail(wrongField("request.status", fields["status"], EXPECTED_STATUS));
  return request;
}

/** Headers and query: a text or a list of texts under each name. */
function readTextFields(source: FieldSource, fields: Fields, name: string): Record<string, string | string[]> {
  const given = Object.entries(source.object(fields, name));
  const entries = given.map(([key, value]): [string, string | string[]] => {
    const list = Array.isArray(value) ? value : [value];
    const bad = list.find((item) => typeof item !== "string");
    if (bad !== undefined || (list.length > 0 && list.includes(undefined)))
      source.fail(wrongField(`${name} holds a field that`, bad, "a text or a list of texts"));
    const texts = list.map((item) =>
      makeStorable(cutText(typeof item === "string" ? item : "", TRUNCATED_LENGTHS.url)),
    );
    return [makeStorable(cutText(key, TRUNCATED_LENGTHS.type)), Array.isArray(value) ? texts : (texts[0] ?? "")];
  });
  return Object.fromEntries(entries.slice(0, TRUNCATED_COUNTS.headers));
}

function readUser(source: FieldSource, fields: Fields): UserInfo {
  const user: UserInfo = {
    authenticated: source.boolean(fields, "authenticated"),
    id: null,
    username: source.nullableText(fields, "username", IDENTITY_LENGTHS.userId),
  };
  if (typeof fields["id"] === "number") user.id = source.number(fields, "id");
  else if (fields["id"] !== null) user.id = source.identity(fields, "id", IDENTITY_LENGTHS.userId);
  if (fields["email"] !== undefined) user.email = source.nullableText(fields, "email", IDENTITY_LENGTHS.userId);
  return user;
}

function readBreadcrumbs(source: FieldSource, fields: Fields, facts: FactsReader): Breadcrumb[] {
  const crumbs = source.objects(fields, "breadcrumbs").map((item) => readBreadcrumb(source, item, facts));
  return crumbs.slice(-WIRE_LIMITS.maxBreadcrumbs);
}

function readBreadcrumb(source: FieldSource, fields: Fields, facts: FactsReader): Breadcrumb {
  const time = source.number(fields, "time");
  if (!(time >= 0 && time <= 8.64e15)) source.fail(wrongField("breadcrumb time", time, "epoch milliseconds"));
  const crumb: Breadcrumb = {
    time,
    category: source.oneOf(fields, "category", ["log", "http", "custom", "query"] as const),
    message: source.text(fields, "message", TRUNCATED_LENGTHS.message),
  };
  if (fields["level"] !== undefined) crumb.level = source.oneOf(fields, "level", LOG_LEVELS);
  if (fields["data"] !== undefined) {
    const data = facts.readFacts(fields["data"], "breadcrumb data");
    if (data instanceof EventProblem) source.fail(data);
    else crumb.data = data;
  }
  return crumb;
}
