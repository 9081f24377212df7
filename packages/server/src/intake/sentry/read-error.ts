import type { ErrorEvent, ExceptionInfo, Resource } from "@gatewatch/protocol";
import { IDENTITY_LENGTHS, TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { DecodeContext } from "../../model/decoder.ts";
import type { TextCleaner } from "../clean-text.ts";
import type { FactsReader } from "../read-facts.ts";
import { traceIds } from "../otlp/trace-ids.ts";
import { type Fields, fieldsOf, nameOf, objectsOf, pairsOf, readLooseFacts, textOf } from "./loose-values.ts";
import { tryReadBreadcrumbs } from "./read-breadcrumbs.ts";
import { readLooseFrames, tryReadExceptions } from "./read-exceptions.ts";
import { readDebugIds } from "./read-frames.ts";
import { tryReadRequest, tryReadUser } from "./read-request.ts";
import { settleSentryTime } from "./sentry-time.ts";

/** What readers of items work with. */
export interface SentryContext extends DecodeContext {
  facts: FactsReader;
  cleaner: TextCleaner;
  /** To be added to the client's times. */
  drift: number;
}

/** Contexts that say what every event of a process says, or that have a place of their own. */
const OWN_CONTEXTS: ReadonlySet<string> = new Set(["trace", "response", "runtime"]);
const MAX_TAGS = 100;

/** An event as an error of ours, not redacted yet; `id` is 32 hex digits. */
export function readError(event: Fields, id: string, context: SentryContext, extra: Fields = {}): ErrorEvent {
  const { receivedAt, facts, drift } = context;
  const time = settleSentryTime(event["timestamp"], receivedAt, drift);
  const debugIds = readDebugIds(event);
  const level = textOf(event["level"], 32) ?? "error";
  const read = tryReadExceptions(event, debugIds);
  const error: ErrorEvent = {
    type: "error",
    time,
    ...traceIds(idsOf(event)),
    id,
    level: levelOf(level),
    handled: read?.handled ?? true,
    mechanism: read?.mechanism ?? "manual",
    exceptions: read?.exceptions ?? [readMessage(event, debugIds)],
  };
  const fingerprint = readFingerprint(event, read === undefined);
  if (fingerprint !== undefined) error.fingerprint = fingerprint;
  const request = tryReadRequest(event, context, facts);
  if (request !== undefined) {
    error.request = request;
    const requestId = nameOf(request.headers["x-request-id"], IDENTITY_LENGTHS.requestId);
    if (requestId !== undefined) error.requestId = requestId;
  }
  const user = tryReadUser(event);
  if (user !== undefined) error.user = user;
  const breadcrumbs = tryReadBreadcrumbs(event, time, facts);
  if (breadcrumbs !== undefined) error.breadcrumbs = breadcrumbs;
  const attributes = readLooseFacts(tagsOf(event), facts);
  if (attributes !== undefined) error.attributes = attributes;
  const custom = readLooseFacts(customOf(event, level, read !== undefined, extra), facts);
  if (custom !== undefined) error.custom = custom;
  return error;
}

/** What the client says of the process. */
export function readSentryResource(event: Fields, cleaner: TextCleaner): Resource {
  const resource: Resource = {};
  const label = (value: unknown): string | undefined => {
    const text = textOf(value, TRUNCATED_LENGTHS.resource);
    return text === undefined ? undefined : cleaner.text(text);
  };
  const environment = label(event["environment"]);
  if (environment !== undefined) resource.environment = environment;
  const release = label(event["release"]);
  if (release !== undefined) resource.release = release;
  const host = label(event["server_name"]);
  if (host !== undefined) resource.host = host;
  const runtime = fieldsOf(fieldsOf(event["contexts"])["runtime"]);
  const runtimeName = label(runtime["name"]);
  if (runtimeName !== undefined) resource.runtime = [runtimeName, label(runtime["version"])].filter(Boolean).join(" ");
  const sdk = fieldsOf(event["sdk"]);
  const [name, version] = [label(sdk["name"]), label(sdk["version"])];
  if (name !== undefined && version !== undefined) resource.sdk = { name, version };
  return resource;
}

/** Ids of the trace, as every event of these clients has them. */
export function idsOf(event: Fields): { traceId?: string; spanId?: string } {
  const trace = fieldsOf(fieldsOf(event["contexts"])["trace"]);
  return {
    traceId: textOf(trace["trace_id"], 64)?.replaceAll("-", ""),
    spanId: textOf(trace["span_id"], 64),
  };
}

function levelOf(level: string): ErrorEvent["level"] {
  if (level === "fatal" || level === "critical") return "fatal";
  return level === "error" ? "error" : "warning";
}

/** A message without an exception; with the stack of whoever sent it, if the client adds that. */
function readMessage(event: Fields, debugIds: ReadonlyMap<string, string>): ExceptionInfo {
  const { message, template } = messageOf(event);
  const name = textOf(event["logger"], TRUNCATED_LENGTHS.type);
  return {
    type: name ?? "Message",
    message: message ?? template ?? "(no message)",
    frames: readLooseFrames(event, debugIds),
  };
}

/** `message` is a text or an object; `logentry` is its newer place. */
function messageOf(event: Fields): { message?: string; template?: string } {
  const entry = fieldsOf(event["logentry"] ?? event["message"]);
  const template = textOf(entry["message"], TRUNCATED_LENGTHS.message);
  const formatted = textOf(entry["formatted"], TRUNCATED_LENGTHS.message);
  const plain = typeof event["message"] === "string" ? textOf(event["message"], TRUNCATED_LENGTHS.message) : undefined;
  const read: { message?: string; template?: string } = {};
  const message = formatted ?? plain ?? (template === undefined ? undefined : fill(template, entry["params"]));
  if (message !== undefined) read.message = message;
  if (template !== undefined) read.template = template;
  return read;
}

/** `%s` and `{}` in order, as the loggers of these languages write them. */
function fill(template: string, params: unknown): string {
  const values = Array.isArray(params) ? params : [];
  let at = 0;
  return values.length === 0
    ? template
    : template.replaceAll(/%(?:\.\d+)?[sdrifgx]|\{\}/g, (mark) =>
        at < values.length ? (textOf(values[at++], TRUNCATED_LENGTHS.message) ?? mark) : mark,
      );
}

/** The client's own; else a template whose parameters are known groups its messages better than a guess at what varies. */
function readFingerprint(event: Fields, isMessage: boolean): string[] | undefined {
  const given = Array.isArray(event["fingerprint"]) ? event["fingerprint"] : [];
  const own = given.flatMap((part) => textOf(part, TRUNCATED_LENGTHS.fingerprint) ?? []);
  if (own.length > 0) return own.slice(0, TRUNCATED_COUNTS.fingerprints);
  if (!isMessage) return undefined;
  const entry = fieldsOf(event["logentry"] ?? event["message"]);
  const { params, message } = entry;
  const template = textOf(message, TRUNCATED_LENGTHS.fingerprint);
  const varies = Array.isArray(params) ? params.length > 0 : Object.keys(fieldsOf(params)).length > 0;
  return template !== undefined && varies ? [template] : undefined;
}

function tagsOf(event: Fields): [string, unknown][] {
  const tags = pairsOf(event["tags"]).slice(0, MAX_TAGS);
  const own = (["transaction", "logger", "dist"] as const).map((name): [string, unknown] => [name, event[name]]);
  return [...tags, ...own.filter(([name]) => !tags.some(([tag]) => tag === name))];
}

function customOf(event: Fields, level: string, hasException: boolean, extra: Fields): [string, unknown][] {
  const contexts = pairsOf(event["contexts"]).filter(([name]) => !OWN_CONTEXTS.has(name));
  const { message } = hasException ? messageOf(event) : {};
  const problems = objectsOf(event["errors"]);
  return [
    ["level", levelOf(level) === level ? undefined : level],
    ["message", message],
    ["extra", Object.keys(fieldsOf(event["extra"])).length === 0 ? undefined : event["extra"]],
    ["contexts", contexts.length === 0 ? undefined : Object.fromEntries(contexts)],
    ["culprit", event["culprit"]],
    ["clientErrors", problems.length === 0 ? undefined : problems.slice(0, 10)],
    ...Object.entries(extra),
  ];
}
