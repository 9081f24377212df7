import type { WindowHead } from "./memory-window.ts";

/** What is stored of an event stream beside its detectors. */
export interface StateHead {
  /** The last delta that each process has handed in. */
  replicas: [replica: string, sequence: number][];
  changes: number;
  window: WindowHead;
  /** Of the first snapshot; the second, of the younger generation, follows when there is one. */
  snapshotBytes: number;
}

const LENGTH_BYTES = 4;

/** One value for the store: all parts are written together or not at all. */
export function packState(
  head: Omit<StateHead, "snapshotBytes">,
  snapshot: Uint8Array,
  young: Uint8Array | null,
): Uint8Array {
  const text = new TextEncoder().encode(
    JSON.stringify({ ...head, snapshotBytes: snapshot.length } satisfies StateHead),
  );
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Uint8Array(Buffer.concat([length, text, snapshot, young ?? new Uint8Array(0)]));
}

/** @throws RangeError or SyntaxError when `packState` did not write these bytes */
export function parseState(bytes: Uint8Array): { head: StateHead; snapshot: Uint8Array; young: Uint8Array | null } {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const from = LENGTH_BYTES + length;
  if (from > bytes.length) throw new RangeError("A stored stream ends in the middle of its head.");
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, from))) as StateHead;
  const end = from + head.snapshotBytes;
  return { head, snapshot: bytes.subarray(from, end), young: end < bytes.length ? bytes.subarray(end) : null };
}
