/** Failures of the store that pass by themselves: the same request may succeed later. */
const PASSING = new Set(["store_unreachable", "store_disk_full", "store_locked", "store_closed"]);

/** Whether an error says that the store cannot answer now; judged by its code, since it may come from another thread. */
export function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== "StoreError" || !("code" in error)) return false;
  return typeof error.code === "string" && PASSING.has(error.code);
}
