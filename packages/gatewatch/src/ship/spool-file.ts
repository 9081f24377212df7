import { crc32 } from "node:zlib";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import type { Batch } from "./batch.ts";
import type { Encoding, Packed } from "./compress.ts";
import { unpackBytes } from "./compress.ts";

const MAGIC = "gatewatch-spool-1";
const NAME = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})\.(\d{1,6})\.batch$/;

/** File name of a batch: its id, which sorts by time, and how many events it holds. */
export function spoolName(id: string, events: number): string {
  return `${id}.${events}.batch`;
}

/** Undefined for a name that `spoolName` did not make. */
export function parseSpoolName(name: string): { id: string; events: number } | undefined {
  const match = NAME.exec(name);
  return match?.[1] === undefined ? undefined : { id: match[1], events: Number(match[2]) };
}

/** One line of `magic crc32 encoding length`, then the packed batch. */
export function encodeSpoolFile(batch: Batch, packed: Packed): Buffer {
  const head = `${MAGIC} ${crc32(packed.bytes).toString(16)} ${packed.encoding} ${packed.bytes.length} ${batch.half ? "half" : "whole"}\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), packed.bytes]);
}

/** Throws for a file that is not whole. */
export async function decodeSpoolFile(file: Buffer, id: string, events: number): Promise<Batch> {
  const end = file.indexOf(10);
  const [magic, crc, encoding, length, kind] = file.subarray(0, Math.max(end, 0)).toString("latin1").split(" ");
  const bytes = file.subarray(end + 1);
  if (magic !== MAGIC || bytes.length !== Number(length) || crc32(bytes).toString(16) !== crc)
    throw new Error("The spool file is damaged.");
  const json = await unpackBytes(encoding ?? "", bytes, WIRE_LIMITS.maxBatchBytes);
  return { id, events, json, drops: {}, half: kind === "half", packed: { encoding: encoding as Encoding, bytes } };
}
