import type { StoredLine, StoredResponse } from "./response-store.ts";

/** What is in a packed response beside the response. */
export interface PackedResponse {
  response: StoredResponse;
  /** Purges that it knows of. */
  count: number;
  stamp: string;
}

type Head = [
  version: typeof VERSION,
  status: number,
  lines: StoredLine[],
  receivedMs: number,
  initialAgeMs: number,
  freshMs: number,
  staleWhileRevalidateMs: number,
  staleIfErrorMs: number,
  traits: number,
  tags: string[],
  count: number,
  stamp: string,
];

const VERSION = 1;
const LENGTH_BYTES = 4;

/** The head's length, the head as JSON, the body. */
export function packResponse({ response, count, stamp }: PackedResponse): Uint8Array {
  const head: Head = [
    VERSION,
    response.status,
    [...response.lines],
    response.receivedMs,
    response.initialAgeMs,
    response.freshMs,
    response.staleWhileRevalidateMs,
    response.staleIfErrorMs,
    response.traits,
    [...response.tags],
    count,
    stamp,
  ];
  const json = Buffer.from(JSON.stringify(head));
  const packed = Buffer.allocUnsafe(LENGTH_BYTES + json.byteLength + response.body.byteLength);
  packed.writeUInt32BE(json.byteLength, 0);
  packed.set(json, LENGTH_BYTES);
  packed.set(response.body, LENGTH_BYTES + json.byteLength);
  return packed;
}

/** Undefined for anything that `packResponse` did not write. */
export function tryUnpackResponse(packed: Uint8Array): PackedResponse | undefined {
  if (packed.byteLength < LENGTH_BYTES) return undefined;
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const bodyAt = LENGTH_BYTES + bytes.readUInt32BE(0);
  if (bodyAt > bytes.byteLength) return undefined;
  const head = tryParse(bytes.toString("utf8", LENGTH_BYTES, bodyAt));
  if (!isHead(head)) return undefined;
  const [, status, lines, receivedMs, initialAgeMs, freshMs, staleWhileRevalidateMs, staleIfErrorMs] = head;
  const [, , , , , , , , traits, tags, count, stamp] = head;
  return {
    response: {
      status,
      lines,
      body: bytes.subarray(bodyAt),
      receivedMs,
      initialAgeMs,
      freshMs,
      staleWhileRevalidateMs,
      staleIfErrorMs,
      traits,
      tags,
    },
    count,
    stamp,
  };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is Head {
  if (!Array.isArray(value) || value.length !== 12 || value[0] !== VERSION) return false;
  const [, status, lines, ...rest] = value as [unknown, unknown, unknown, ...unknown[]];
  const [receivedMs, initialAgeMs, freshMs, staleMs, errorMs, traits, tags, count, stamp] = rest;
  const numbers = [receivedMs, initialAgeMs, freshMs, staleMs, errorMs, traits, count];
  return (
    Number.isInteger(status) &&
    (status as number) >= 200 &&
    (status as number) <= 599 &&
    Array.isArray(lines) &&
    lines.every(isLine) &&
    numbers.every((number) => typeof number === "number") &&
    isTexts(tags) &&
    typeof stamp === "string"
  );
}

function isLine(line: unknown): boolean {
  return (
    Array.isArray(line) &&
    line.length === 2 &&
    isHeaderName(line[0]) &&
    [line[1]].flat().every((item) => isHeaderValue(item))
  );
}

/** Whoever can write to the store must not be able to write heads that Node refuses, or that end early. */
function isHeaderName(name: unknown): boolean {
  return typeof name === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === "string" && !/[^\t\u0020-\u007E\u0080-\u00FF]/.test(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
