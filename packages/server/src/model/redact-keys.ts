import type { ProjectRecord } from "./store.ts";

/** Where a project's settings keep its further names of secrets. */
export const REDACT_KEYS_SETTING = "redactKeys";

/** A project's further names of secrets. */
export function readRedactKeys(project: Pick<ProjectRecord, "settings"> | null): string[] {
  const keys = project?.settings[REDACT_KEYS_SETTING];
  return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === "string") : [];
}
