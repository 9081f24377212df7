import type { CustomEvent } from "@gatewatch/protocol";
import type { ParsedBatch, ProjectUnit } from "./digest-unit.ts";

export interface FoundEvent {
  parsed: ParsedBatch;
  event: CustomEvent;
  /** Among the events of its batch. */
  index: number;
}

/** The custom events of these names, in the order of their arrival. */
export function findCustomEvents({ batches }: ProjectUnit, names: readonly string[]): FoundEvent[] {
  const found: FoundEvent[] = [];
  for (const parsed of batches)
    for (const [index, event] of (parsed.batch.events ?? []).entries())
      if (event.type === "custom" && names.includes(event.name)) found.push({ parsed, event, index });
  return found;
}
