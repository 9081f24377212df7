import type { Json } from "@gatewatch/protocol";
import { findMembers, type Span } from "./find-members.ts";

const OPEN = 0x7b;
const BACKSLASH = 0x5c;
/** Whoever writes an ASCII character as an escape begins with it; nearly nobody does. */
const ESCAPE_TEXT = String.raw`\u00`;
const ESCAPE = Buffer.from(ESCAPE_TEXT, "latin1");

/** A JSON object without some of its members. */
export interface CutObject {
  /** The other members, byte for byte as they were. */
  rest: Uint8Array;
  /** Name and value of each member that was taken out; of members of one name the last counts, as for `JSON.parse`. */
  taken: readonly (readonly [name: string, value: Json])[];
}

/** Takes members of these names out of JSON objects, at the top level alone. Numbers, order and spelling of all else stay. */
export class MemberCutter {
  readonly #names: ReadonlySet<string>;
  readonly #textNeedles: readonly string[];
  readonly #needles: readonly Buffer[];

  /** @param names printable ASCII without quotes, slashes and backslashes. */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    this.#textNeedles = names.map((name) => `${name}"`);
    // Without the quote before it: that is in JSON everywhere, and would be looked at each time.
    this.#needles = names.map((name) => Buffer.from(`${name}"`, "latin1"));
  }

  /** Quick, and false for nearly all bodies: whether `tryCut` is worth it. */
  mayHold(bytes: Uint8Array): boolean {
    if (!mayBegin(bytes[0])) return false;
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const needle of this.#needles) if (buffer.includes(needle)) return true;
    // Looking for one byte is the quickest of all.
    const backslash = buffer.indexOf(BACKSLASH);
    return backslash !== -1 && buffer.includes(ESCAPE, backslash);
  }

  /** The same for a body that is a text still. */
  mayHoldText(text: string): boolean {
    if (!mayBegin(text.charCodeAt(0))) return false;
    for (const needle of this.#textNeedles) if (text.includes(needle)) return true;
    const backslash = text.indexOf("\\");
    return backslash !== -1 && text.includes(ESCAPE_TEXT, backslash);
  }

  /** Undefined where there is nothing to take out, or the text is no JSON object. */
  tryCut(bytes: Uint8Array): CutObject | undefined {
    const spans = findMembers(bytes, this.#names);
    if (spans.length === 0) return undefined;
    const whole = tryParseObject(bytes);
    if (whole === undefined) return undefined;
    const taken = [...this.#names]
      .filter((name) => Object.hasOwn(whole, name))
      .map((name) => [name, whole[name]!] as const);
    return { rest: without(bytes, spans), taken };
  }
}

/** Whether an object may begin like that: lists are the longest answers. Space and the mark of byte order are looked behind later. */
function mayBegin(code: number | undefined): boolean {
  return (
    code === OPEN ||
    code === 0x20 ||
    code === 0x0a ||
    code === 0x0d ||
    code === 0x09 ||
    code === 0xef ||
    code === 0xfeff
  );
}

/** Finding members is lenient; what is no JSON is not touched. */
function tryParseObject(bytes: Uint8Array): Record<string, Json> | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Json>;
  } catch {
    return undefined;
  }
}

function without(bytes: Uint8Array, spans: readonly Span[]): Uint8Array {
  const dropped = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const rest = new Uint8Array(bytes.byteLength - dropped);
  let from = 0;
  let to = 0;
  for (const { start, end } of spans) {
    rest.set(bytes.subarray(from, start), to);
    to += start - from;
    from = end;
  }
  rest.set(bytes.subarray(from), to);
  return rest;
}
