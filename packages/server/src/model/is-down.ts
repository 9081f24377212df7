import type { MonitorRecord } from "./client-records.ts";

/** Whether enough runs went wrong, and not enough went well since. */
export function isDown({ failures, failureThreshold }: Pick<MonitorRecord, "failures" | "failureThreshold">): boolean {
  return failures >= failureThreshold;
}
