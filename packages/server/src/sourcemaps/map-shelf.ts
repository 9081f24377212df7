import type { ReadableMap } from "./parse-source-map.ts";
import type { UnmappedReason } from "@gatewatch/protocol";

/** A map that was read, or why it could not be. */
export type ShelvedMap = ReadableMap | UnmappedReason;

/** What is remembered of a map that could not be read. */
const FAILURE_COST = 64;

/** The maps that were used last, bounded by number and by estimated bytes. Ids are never given twice, so that nothing goes stale. */
export class MapShelf {
  private readonly maps = new Map<number, ShelvedMap>();
  private bytes = 0;
  private readonly maxMaps: number;
  private readonly maxBytes: number;

  constructor(maxMaps: number, maxBytes: number) {
    this.maxMaps = maxMaps;
    this.maxBytes = maxBytes;
  }

  get(id: number): ShelvedMap | undefined {
    const map = this.maps.get(id);
    if (map === undefined) return undefined;
    this.maps.delete(id);
    this.maps.set(id, map);
    return map;
  }

  put(id: number, map: ShelvedMap): void {
    this.drop(id);
    this.maps.set(id, map);
    this.bytes += costOf(map);
    for (const oldest of this.maps.keys()) {
      if (this.maps.size <= this.maxMaps && this.bytes <= this.maxBytes) break;
      this.drop(oldest);
    }
  }

  private drop(id: number): void {
    const map = this.maps.get(id);
    if (map === undefined) return;
    this.maps.delete(id);
    this.bytes -= costOf(map);
  }
}

function costOf(map: ShelvedMap): number {
  return typeof map === "string" ? FAILURE_COST : map.cost;
}
