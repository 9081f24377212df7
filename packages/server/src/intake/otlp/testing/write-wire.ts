import type { Attributes, Json } from "@gatewatch/protocol";
import type { Message, MessageTable } from "../message-table.ts";

/** Test support: writes messages as an OTLP client does, in either encoding. */

/** The message in protobuf. */
export function writeWire<T extends MessageTable>(message: Message<T>, table: T): Buffer {
  return writeMessage(message as Record<string, unknown>, table);
}

/** The message in OTLP's JSON. */
export function writeJson<T extends MessageTable>(message: Message<T>, table: T): Buffer {
  return Buffer.from(JSON.stringify(toJson(message as Record<string, unknown>, table)));
}

function writeMessage(message: Record<string, unknown>, table: MessageTable): Buffer {
  const parts: Buffer[] = [];
  for (const [name, [number]] of Object.entries(table.fields)) {
    const field = table.list.find((candidate) => candidate.name === name)!;
    const value = message[name];
    if (value === undefined) continue;
    if (field.kind === "attributes") parts.push(...writeAttributes(number, value as Attributes));
    else
      for (const item of field.repeated ? (value as unknown[]) : [value])
        parts.push(writeField(number, item, field.kind));
  }
  return Buffer.concat(parts);
}

function writeField(number: number, value: unknown, kind: MessageTable["list"][number]["kind"]): Buffer {
  if (typeof kind === "object") return writeBytes(number, writeMessage(value as Record<string, unknown>, kind));
  switch (kind) {
    case "text":
      return writeBytes(number, Buffer.from(value as string));
    case "hex":
      return writeBytes(number, Buffer.from(value as string, "hex"));
    case "flag":
      return Buffer.concat([tag(number, 0), varint(value === true ? 1n : 0n)]);
    case "count":
      return Buffer.concat([tag(number, 0), varint(BigInt(value as number))]);
    case "fixed64":
    case "sfixed64": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value as number)));
      return Buffer.concat([tag(number, 1), bytes]);
    }
    case "double": {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return Buffer.concat([tag(number, 1), bytes]);
    }
    case "value":
      return writeBytes(number, writeValue(value as Json));
    case "attributes":
      return Buffer.concat(writeAttributes(number, value as Attributes));
    default:
      return kind satisfies never;
  }
}

function writeAttributes(number: number, attributes: Attributes): Buffer[] {
  return Object.entries(attributes).map(([key, value]) =>
    writeBytes(number, Buffer.concat([writeBytes(1, Buffer.from(key)), writeBytes(2, writeValue(value))])),
  );
}

function writeValue(value: Json): Buffer {
  if (typeof value === "string") return writeBytes(1, Buffer.from(value));
  if (typeof value === "boolean") return Buffer.concat([tag(2, 0), varint(value ? 1n : 0n)]);
  if (typeof value === "number") {
    if (Number.isInteger(value)) return Buffer.concat([tag(3, 0), varint(BigInt.asUintN(64, BigInt(value)))]);
    return writeField(4, value, "double");
  }
  if (value === null) return Buffer.alloc(0);
  if (Array.isArray(value)) return writeBytes(5, Buffer.concat(value.map((item) => writeBytes(1, writeValue(item)))));
  return writeBytes(6, Buffer.concat(writeAttributes(1, value)));
}

export function writeBytes(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([tag(number, 2), varint(BigInt(bytes.length)), bytes]);
}

function tag(number: number, wire: number): Buffer {
  return varint(BigInt(number * 8 + wire));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

function toJson(message: Record<string, unknown>, table: MessageTable): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { name, kind, repeated } of table.list) {
    const value = message[name];
    if (value === undefined) continue;
    const write = (item: unknown): unknown => {
      if (typeof kind === "object") return toJson(item as Record<string, unknown>, kind);
      if (kind === "attributes") return toJsonAttributes(item as Attributes);
      if (kind === "value") return toJsonValue(item as Json);
      return kind === "fixed64" || kind === "sfixed64" ? String(BigInt(item as number)) : item;
    };
    fields[name] = repeated ? (value as unknown[]).map(write) : write(value);
  }
  return fields;
}

function toJsonAttributes(attributes: Attributes): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toJsonValue(value) }));
}

function toJsonValue(value: Json): Record<string, unknown> {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (value === null) return {};
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toJsonValue) } };
  return { kvlistValue: { values: toJsonAttributes(value) } };
}
