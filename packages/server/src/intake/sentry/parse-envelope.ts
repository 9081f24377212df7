import { isFields } from "../field-source.ts";
import { type IntakeError, unreadableFrame } from "../intake-error.ts";
import { parseLenientJson } from "../../model/parse-lenient-json.ts";

type Fields = Record<string, unknown>;

/** One item of an envelope, its payload as it came. */
export interface EnvelopeItem {
  type: string;
  header: Fields;
  payload: Buffer;
}

export interface Envelope {
  header: Fields;
  items: EnvelopeItem[];
}

const NEWLINE = 0x0a;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_ITEMS = 1000;

/**
 * Cuts an envelope into its items, by bytes; payloads are not read.
 * Source: https://develop.sentry.dev/sdk/foundations/transport/envelopes/
 * @throws IntakeError when it is none.
 */
export function parseEnvelope(bytes: Buffer): Envelope {
  const head = readLine(bytes, 0);
  const header = readHeader(head.line, "the envelope");
  const items: EnvelopeItem[] = [];
  let at = head.next;
  while (at < bytes.length) {
    if (bytes[at] === NEWLINE) {
      at++;
      continue;
    }
    if (items.length === MAX_ITEMS) throw unreadable(`It has more than ${MAX_ITEMS} items.`);
    const itemHead = readLine(bytes, at);
    const itemHeader = readHeader(itemHead.line, `item ${items.length}`);
    const { type, length } = itemHeader;
    if (typeof type !== "string") throw unreadable(`The header of item ${items.length} has no type.`);
    const end = length === undefined ? lineEnd(bytes, itemHead.next) : endOf(bytes, itemHead.next, length);
    items.push({ type, header: itemHeader, payload: bytes.subarray(itemHead.next, end) });
    at = end + 1;
  }
  return { header, items };
}

/** The header alone, for those who have to know the sender first. @throws IntakeError when it is none. */
export function parseEnvelopeHeader(bytes: Buffer): Fields {
  return readHeader(readLine(bytes, 0).line, "the envelope");
}

function endOf(bytes: Buffer, from: number, length: unknown): number {
  if (!Number.isSafeInteger(length) || (length as number) < 0) throw unreadable("The length of an item is no number.");
  const end = from + (length as number);
  if (end > bytes.length)
    throw unreadable(`An item claims ${length as number} bytes; ${Math.max(0, bytes.length - from)} are there.`);
  if (end < bytes.length && bytes[end] !== NEWLINE) throw unreadable("An item is longer than its header says.");
  return end;
}

function readLine(bytes: Buffer, from: number): { line: Buffer; next: number } {
  const end = lineEnd(bytes, from);
  return { line: bytes.subarray(from, end), next: Math.min(end + 1, bytes.length) };
}

function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end === -1 ? bytes.length : end;
}

function readHeader(line: Buffer, name: string): Fields {
  if (line.length > MAX_HEADER_BYTES)
    throw unreadable(`The header of ${name} is longer than ${MAX_HEADER_BYTES} bytes.`);
  let header: unknown;
  try {
    header = parseLenientJson(line.toString());
  } catch {
    header = undefined;
  }
  if (!isFields(header)) throw unreadable(`The header of ${name} is not a JSON object.`);
  return header;
}

function unreadable(message: string): IntakeError {
  return unreadableFrame(`The envelope cannot be read. ${message}`);
}
