/** Answers of "internal error" after which a batch is given up. */
const MAX_FAILURES = 10;
const MAX_KNOWN = 16;

/** Counts how often each batch broke the server; true when one must no longer block those behind it. */
export function createPoisonFinder(): (batchId: string) => boolean {
  const failures = new Map<string, number>();
  return (batchId) => {
    const count = (failures.get(batchId) ?? 0) + 1;
    if (failures.size >= MAX_KNOWN) failures.clear();
    failures.set(batchId, count);
    return count >= MAX_FAILURES;
  };
}
