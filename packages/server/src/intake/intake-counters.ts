/** What the intake has seen since the start, for health and metrics. */
export interface IntakeCounters {
  acceptedEvents: number;
  rejectedEvents: number;
  batches: number;
  duplicates: number;
  /** Frames that were refused as a whole, by error code. */
  refused: Record<string, number>;
  /** Drops that clients have reported, by reason. */
  clientDrops: Record<string, number>;
  connections: number;
}

const MAX_REASONS = 100;

export function createIntakeCounters(): IntakeCounters {
  return {
    acceptedEvents: 0,
    rejectedEvents: 0,
    batches: 0,
    duplicates: 0,
    refused: {},
    clientDrops: {},
    connections: 0,
  };
}

/** Adds to a tally whose names come from outside: beyond 100 names they are counted together. */
export function addToTally(tally: Record<string, number>, name: string, count: number): void {
  const known = Object.hasOwn(tally, name) || Object.keys(tally).length < MAX_REASONS;
  const key = known ? name : "other";
  tally[key] = (Object.hasOwn(tally, key) ? tally[key]! : 0) + count;
}
