/** What the digest has done since it started; shown on the server's own health page. */
export interface DigestStats {
  units: number;
  /** Events committed, of every kind. */
  events: number;
  batches: number;
  duplicates: number;
  /** Units that failed and were tried again. */
  failures: number;
  /** Records put aside because they alone could not be digested. */
  poisoned: number;
  /** Milliseconds between receipt and commit of the oldest event in the newest unit. */
  lagMs: number;
  /** Milliseconds spent per stage, and in `commit` on the store's side. */
  stageMs: Record<string, number>;
  /** Why the digest stands still, in words; null while it goes on. */
  halted: string | null;
}

export function createDigestStats(): DigestStats {
  return {
    units: 0,
    events: 0,
    batches: 0,
    duplicates: 0,
    failures: 0,
    poisoned: 0,
    lagMs: 0,
    stageMs: {},
    halted: null,
  };
}
