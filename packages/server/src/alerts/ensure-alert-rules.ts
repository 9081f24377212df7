import type { ProjectRecord, Store } from "../model/store.ts";
import { defaultAlertRules, defaultAnomalyRule } from "./default-alert-rules.ts";

/** What a project was given already; each set of rules came with a version of its own. */
const SETS = [
  { setting: "alertRulesMade", rulesOf: defaultAlertRules },
  { setting: "anomalyRuleMade", rulesOf: (projectId: number) => [defaultAnomalyRule(projectId)] },
] as const;

/** Gives a project its first alert rules, once: rules that a person removes stay removed. */
export async function ensureAlertRules(store: Pick<Store, "control">, project: ProjectRecord): Promise<void> {
  const missing = SETS.filter(({ setting }) => project.settings[setting] !== true);
  if (missing.length === 0) return;
  for (const { rulesOf } of missing) for (const rule of rulesOf(project.id)) await store.control.createAlertRule(rule);
  const made = Object.fromEntries(missing.map(({ setting }) => [setting, true]));
  await store.control.updateProject(project.id, { settings: { ...project.settings, ...made } });
}
