import type { ProjectRecord, Store } from "../model/store.ts";
import { defaultAlertRules } from "./default-alert-rules.ts";

const MADE_SETTING = "alertRulesMade";

/** Gives a project its first alert rules, once: rules that a person removes stay removed. */
export async function ensureAlertRules(store: Pick<Store, "control">, project: ProjectRecord): Promise<void> {
  if (project.settings[MADE_SETTING] === true) return;
  for (const rule of defaultAlertRules(project.id)) await store.control.createAlertRule(rule);
  await store.control.updateProject(project.id, { settings: { ...project.settings, [MADE_SETTING]: true } });
}
