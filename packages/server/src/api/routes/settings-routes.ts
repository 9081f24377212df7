import type { Json, SettingsAnswer } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { RedactionOptionError } from "@gatewatch/protocol/redact/redactor";
import { AGENT_RULES_SETTING, parseAgentRules } from "../../model/agent-rules.ts";
import { ApiError } from "../../model/api-error.ts";
import { changeServerSetting, readAnalystBudget, readRetention } from "../../model/changed-settings.ts";
import type { ProjectRecord } from "../../model/store.ts";
import type { ApiDeps } from "../api-deps.ts";
import { defineRoute } from "../route.ts";
import { SettingsPatchSchema, SettingsSchema } from "../schemas/settings-schemas.ts";

/** Key within a project's own settings. */
const REDACT_KEYS_SETTING = "redactKeys";

export const getSettings = defineRoute({
  method: "GET",
  path: "/api/settings",
  id: "getSettings",
  summary: "Settings of the project and of the server",
  access: { scope: "project", action: "read" },
  answer: SettingsSchema,
  handler: async ({ project }, deps) => ({ body: await loadSettings(deps, project) }),
});

export const changeSettings = defineRoute({
  method: "PATCH",
  path: "/api/settings",
  id: "changeSettings",
  summary: "Change what the patch names; retention and analyst are the server's and need more rights",
  access: { scope: "project", action: "manage" },
  body: SettingsPatchSchema,
  answer: SettingsSchema,
  async handler({ body, project, demand }, deps) {
    if (body.retention || body.analyst) demand("configure");
    checkRedactKeys(body.project?.redactKeys ?? []);
    if (body.retention) await changeServerSetting(deps.store, "retention", body.retention);
    if (body.analyst) await changeServerSetting(deps.store, "analyst", body.analyst);
    const { name, redactKeys, agentRules } = body.project ?? {};
    const settings = {
      ...(redactKeys === undefined ? {} : { [REDACT_KEYS_SETTING]: redactKeys }),
      // They came as JSON.
      ...(agentRules === undefined ? {} : { [AGENT_RULES_SETTING]: agentRules as Json[] }),
    };
    const isSame = Object.keys(settings).length === 0;
    const changed =
      name === undefined && isSame
        ? project
        : await deps.store.control.updateProject(project.id, {
            ...(name === undefined ? {} : { name: name.trim() }),
            ...(isSame ? {} : { settings }),
          });
    if (redactKeys !== undefined) deps.verbs.forgetKeys(project.id);
    return { body: await loadSettings(deps, changed ?? project), audit: body as Json };
  },
});

/** What is stored must never make a redactor fail later. */
function checkRedactKeys(keys: string[]): void {
  try {
    createRedactor({ keys });
  } catch (error) {
    if (!(error instanceof RedactionOptionError)) throw error;
    throw new ApiError("invalid_request", error.message, { details: { field: "project.redactKeys" } });
  }
}

async function loadSettings(deps: ApiDeps, project: ProjectRecord): Promise<SettingsAnswer> {
  const [retention, analyst] = await Promise.all([
    readRetention(deps.store, deps.defaults.retention),
    readAnalystBudget(deps.store, deps.defaults.analyst),
  ]);
  const keys = project.settings[REDACT_KEYS_SETTING];
  const rules = project.settings[AGENT_RULES_SETTING];
  return {
    project: {
      id: project.id,
      name: project.name,
      slug: project.slug,
      redactKeys: Array.isArray(keys) ? keys.filter((key): key is string => typeof key === "string") : [],
      agentRules: Array.isArray(rules) ? rules : [],
      agentRuleProblems: parseAgentRules(rules).problems,
    },
    retention,
    analyst,
  };
}
