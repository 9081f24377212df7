import { REDACTED, type Redactor } from "@gatewatch/protocol/redact/redactor";
import { isFields } from "../field-source.ts";
import type { Pseudonyms } from "./pseudonym-cache.ts";
import { nestsDeeper } from "../nests-deeper.ts";

type Fields = Record<string, unknown>;

/** Characters of JSON of one captured part; all parts of an event have to fit into what an event may hold. */
const MAX_PART = 5_000;
/** Below it only a marker is left; the event as a whole may be twenty levels deep. */
const MAX_DEPTH = 16;
const MAX_FIELDS = 100;
const DIGEST = /^[0-9a-f]{64}$/;

/** What of an exchange a client has captured, redacted and bounded, by names as OpenTelemetry writes them. */
export function readCaptured(fields: Fields, redactor: Redactor, pseudonyms: Pseudonyms): Fields {
  const captured: Fields = {};
  const keep = (name: string, value: Fields | string | number | undefined): void => {
    if (value !== undefined) captured[name] = value;
  };
  // Only what is short enough to be kept is worth being looked through.
  const keepBody = (name: string, value: unknown): void => {
    if (value !== undefined && value !== null) captured[name] = cutPart(value, (part) => redactor.redactValue(part));
  };
  keep("http.request.headers", readHeaders(fields["headers"], redactor));
  keep("http.request.authorization_digest", digestOf(findHeader(fields["headers"], "authorization"), pseudonyms));
  keep("http.request.query", readQuery(fields["query_params"], redactor));
  keepBody("http.request.body", fields["body"]);
  keep("http.response.headers", readHeaders(fields["response_headers"], redactor));
  keepBody("http.response.body", fields["response_body"]);
  // A session's id lets whoever reads it be that user: only its pseudonym is kept.
  keep("session.digest", digestOf(fields["session_id"], pseudonyms));
  const rate = fields["sample_rate"];
  if (typeof rate === "number") keep("sample.rate", rate);
  return captured;
}

function readHeaders(given: unknown, redactor: Redactor): Fields | undefined {
  const texts = readTexts(given);
  return texts === undefined ? undefined : (cutPart(texts, (part) => redactor.redactHeaders(part)) as Fields);
}

function readQuery(given: unknown, redactor: Redactor): Fields | undefined {
  const texts = readTexts(given);
  return texts === undefined ? undefined : (cutPart(texts, (part) => redactor.redactQuery(part)) as Fields);
}

function readTexts(given: unknown): Record<string, string | string[]> | undefined {
  if (!isFields(given)) return undefined;
  const entries = Object.entries(given).slice(0, MAX_FIELDS);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.slice(0, MAX_FIELDS).map((item) => textOf(item)) : textOf(value),
    ]),
  );
}

/** Never asks a hostile object for its own text. */
function textOf(value: unknown): string {
  return typeof value === "object" && value !== null ? "[object]" : String(value);
}

function findHeader(headers: unknown, wanted: string): unknown {
  if (!isFields(headers)) return undefined;
  const name = Object.keys(headers).find((candidate) => candidate.toLowerCase() === wanted);
  return name === undefined ? undefined : headers[name];
}

/** The digest that newer clients send instead of the value itself. */
function digestOf(value: unknown, pseudonyms: Pseudonyms): string | undefined {
  if (typeof value !== "string" || value === "" || value === REDACTED) return undefined;
  return DIGEST.test(value) ? value : pseudonyms.text(value);
}

/** The value with whatever lies deeper than the bound replaced; mostly nothing does, and it is the value itself. */
export function cutDepth(value: unknown, depth = MAX_DEPTH): unknown {
  return nestsDeeper(value, depth) ? replaceDeep(value, depth) : value;
}

function replaceDeep(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => replaceDeep(item, depth - 1));
  // fromEntries defines fields, so that a key like `__proto__` stays one.
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replaceDeep(item, depth - 1)]));
}

/** A part that is too long gives way to a word of how long it was: half a JSON text would hide the names of its secrets. */
function cutPart<T>(value: T, redact: (part: T) => unknown): unknown {
  const bounded = cutDepth(value) as T;
  const given = JSON.stringify(bounded);
  if (given.length <= MAX_PART) {
    const clean = redact(bounded);
    if (clean === bounded || JSON.stringify(clean).length <= MAX_PART) return clean;
  }
  return { body_truncated: true, body_bytes_total: Buffer.byteLength(given) };
}
