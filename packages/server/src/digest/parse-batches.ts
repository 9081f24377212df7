import type { NativeBatch } from "@gatewatch/protocol";
import type { DigestUnit } from "./digest-unit.ts";

/** Reads the bodies that the journal kept. Throws when one is not what intake writes. */
export function parseBatches(unit: DigestUnit): void {
  unit.batches = unit.entries.map((entry) => {
    const { buffer, byteOffset, byteLength } = entry.body;
    const batch = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as NativeBatch;
    return { entry, batch, events: (batch.columns?.request?.n ?? 0) + (batch.events?.length ?? 0) };
  });
}
