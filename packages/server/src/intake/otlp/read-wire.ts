import type { Attributes, Json } from "@gatewatch/protocol";
import { IntakeError, unreadableFrame } from "../intake-error.ts";
import {
  MAX_VALUE_DEPTH,
  PartBudget,
  setAttribute,
  TOO_DEEP,
  type Kind,
  type Message,
  type MessageTable,
} from "./message-table.ts";

type ScalarKind = Exclude<Kind, MessageTable | readonly [Kind]>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const WORD = 2 ** 32;
/** Shorter texts are put together here, which costs less than a call into the runtime. */
const SHORT_TEXT = 24;

/**
 * Reads a protobuf message (https://protobuf.dev/programming-guides/encoding) by its table. Unknown fields are passed over;
 * the last of a field that is sent twice counts. @throws IntakeError when the bytes are no such message.
 */
export function readWire<T extends MessageTable>(bytes: Uint8Array, table: T): Message<T> {
  // Every field was read as its own table says.
  return new WireReader(bytes).message(bytes.length, table) as Message<T>;
}

class WireReader {
  private readonly bytes: Buffer;
  private at = 0;
  private readonly budget = new PartBudget();
  /** Upper half of the last varint. */
  private high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(end: number, table: MessageTable): Record<string, unknown> {
    if (!this.budget.take()) throw tooManyParts();
    const message: Record<string, unknown> = {};
    while (this.at < end) {
      const tag = this.varint();
      const wire = tag & 7;
      const field = table.byNumber[tag >>> 3];
      if (field === undefined) this.skip(wire, end);
      else if (field.kind === "attributes" && wire === LENGTH)
        this.attribute(this.endOfLength(end), (message[field.name] ??= {}) as Attributes, 0);
      else if (typeof field.kind === "object" && wire === LENGTH) {
        const value = this.message(this.endOfLength(end), field.kind);
        if (field.repeated) ((message[field.name] ??= []) as unknown[]).push(value);
        else message[field.name] = value;
      } else if (typeof field.kind === "string" && wire === wireOf(field.kind)) {
        const value = this.scalar(field.kind, end);
        if (field.repeated) ((message[field.name] ??= []) as unknown[]).push(value);
        else message[field.name] = value;
      } else if (typeof field.kind === "string" && wire === LENGTH && field.repeated)
        this.packed(field.kind, this.endOfLength(end), (message[field.name] ??= []) as unknown[]);
      else this.skip(wire, end);
    }
    if (this.at !== end) throw truncated();
    return message;
  }

  private packed(kind: ScalarKind, end: number, values: unknown[]): void {
    while (this.at < end) values.push(this.scalar(kind, end));
    if (this.at !== end) throw truncated();
  }

  private scalar(kind: ScalarKind, end: number): unknown {
    switch (kind) {
      case "text":
        return this.text(this.endOfLength(end));
      case "hex":
        return this.raw(this.endOfLength(end)).toString("hex");
      case "flag":
        return this.varint() !== 0 || this.high !== 0;
      case "count":
        return this.varint() + this.high * WORD;
      case "fixed64": {
        const at = this.step(8, end);
        return this.bytes.readUInt32LE(at) + this.bytes.readUInt32LE(at + 4) * WORD;
      }
      case "sfixed64": {
        const at = this.step(8, end);
        return this.bytes.readUInt32LE(at) + this.bytes.readInt32LE(at + 4) * WORD;
      }
      case "double":
        return this.bytes.readDoubleLE(this.step(8, end));
      case "value":
        return this.value(this.endOfLength(end), 0);
      case "attributes":
        throw truncated();
      default:
        return kind satisfies never;
    }
  }

  /** One `KeyValue`. */
  private attribute(end: number, target: Attributes, depth: number): void {
    let key = "";
    let value: Json = null;
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 10) key = this.text(this.endOfLength(end));
      else if (tag === 18) value = this.value(this.endOfLength(end), depth);
      else this.skip(tag & 7, end);
    }
    if (this.at !== end) throw truncated();
    setAttribute(target, key, value);
  }

  /** One `AnyValue`. */
  private value(end: number, depth: number): Json {
    let value: Json = null;
    while (this.at < end) {
      const tag = this.varint();
      switch (tag) {
        case 10:
          value = this.text(this.endOfLength(end));
          break;
        case 16:
          value = this.varint() !== 0;
          break;
        case 24:
          value = this.integer();
          break;
        case 33: {
          const number = this.bytes.readDoubleLE(this.step(8, end));
          value = Number.isFinite(number) ? number : String(number);
          break;
        }
        case 42:
        case 50:
          value = this.container(tag === 42, this.endOfLength(end), depth);
          break;
        case 58:
          value = this.raw(this.endOfLength(end)).toString("base64");
          break;
        default:
          this.skip(tag & 7, end);
      }
    }
    if (this.at !== end) throw truncated();
    return value;
  }

  /** `ArrayValue` or `KeyValueList`: both have one repeated field, of number 1. */
  private container(isArray: boolean, end: number, depth: number): Json {
    if (depth >= MAX_VALUE_DEPTH) {
      this.at = end;
      return TOO_DEEP;
    }
    if (!this.budget.take()) throw tooManyParts();
    const list: Json[] = [];
    const map: Attributes = {};
    while (this.at < end) {
      const tag = this.varint();
      if (tag !== 10) this.skip(tag & 7, end);
      else if (isArray) list.push(this.value(this.endOfLength(end), depth + 1));
      else this.attribute(this.endOfLength(end), map, depth + 1);
    }
    if (this.at !== end) throw truncated();
    return isArray ? list : map;
  }

  /** A varint of 64 bits with a sign; digits as a text where a number would lose some. */
  private integer(): Json {
    const low = this.varint();
    const { high } = this;
    const number = (high | 0) * WORD + low;
    return Number.isSafeInteger(number) ? number : String((BigInt(high | 0) << 32n) + BigInt(low));
  }

  private text(end: number): string {
    const { bytes } = this;
    const start = this.at;
    this.at = end;
    if (end - start > SHORT_TEXT) return bytes.toString("utf8", start, end);
    let text = "";
    for (let at = start; at < end; at++) {
      const code = bytes[at]!;
      if (code > 127) return bytes.toString("utf8", start, end);
      text += String.fromCharCode(code);
    }
    return text;
  }

  private raw(end: number): Buffer {
    const raw = this.bytes.subarray(this.at, end);
    this.at = end;
    return raw;
  }

  /** The lower 32 bits; the others are in `high`. */
  private varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++];
    if (byte === undefined) throw truncated();
    this.high = 0;
    if (byte < 0x80) return byte;
    let low = byte & 0x7f;
    let shift = 7;
    for (; shift < 70; shift += 7) {
      byte = bytes[this.at++];
      if (byte === undefined) throw truncated();
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) this.high = bits >>> 4;
      else if (shift > 28) this.high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.high >>>= 0;
        return low >>> 0;
      }
    }
    throw unreadableFrame("The body is no protobuf message of OTLP: a number in it is longer than 64 bits.");
  }

  private endOfLength(limit: number): number {
    const length = this.varint();
    const end = this.at + length;
    if (this.high !== 0 || end > limit) throw truncated();
    return end;
  }

  private step(bytes: number, limit: number): number {
    const { at } = this;
    this.at += bytes;
    if (this.at > limit) throw truncated();
    return at;
  }

  private skip(wire: number, limit: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === LENGTH) this.at = this.endOfLength(limit);
    else if (wire === FIXED64) this.step(8, limit);
    else if (wire === FIXED32) this.step(4, limit);
    else throw unreadableFrame(`The body is no protobuf message of OTLP: wire type ${wire} is not known.`);
  }
}

function wireOf(kind: ScalarKind): number {
  if (kind === "flag" || kind === "count") return VARINT;
  return kind === "fixed64" || kind === "sfixed64" || kind === "double" ? FIXED64 : LENGTH;
}

function truncated(): IntakeError {
  return unreadableFrame("The body is no protobuf message of OTLP: a field ends beyond its message.");
}

export function tooManyParts(): IntakeError {
  return new IntakeError("payload_too_large", "The request is made of too many parts; send smaller batches.");
}
