/** Why an event did not go on. A closed list, counted where the drop happens and shown on the server's health page. */
export const DROP_REASONS = [
  "queue_full",
  "queue_bytes_full",
  "event_too_large",
  "sampled",
  "filtered",
  "hook_failed",
  "serialisation_failed",
  "spool_full",
  "spool_failed",
  "expired",
  "rejected",
  "unauthorized",
  "shutdown_deadline",
  "not_configured",
  "sink_failed",
  "rate_limited",
  "storm_folded",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];
