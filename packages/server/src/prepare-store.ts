import { ensureAlertRules } from "./alerts/ensure-alert-rules.ts";
import type { Store } from "./model/store.ts";

/** What a store has before its first event: alert rules for each project. */
export async function prepareStore(store: Store): Promise<void> {
  for (const project of await store.control.listProjects()) await ensureAlertRules(store, project);
}
