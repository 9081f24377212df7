import { Type } from "typebox";
import type { DeliveryRow } from "@gatewatch/protocol";
import type { OutboxRow } from "../../model/alert.ts";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { defineRoute } from "../route.ts";
import { exact, Id, oneOf } from "../schemas/named.ts";
import {
  AlertRuleListSchema,
  AlertRuleOrderSchema,
  AlertRulePatchSchema,
  AlertRuleSchema,
  DeliveryListSchema,
} from "../schemas/settings-schemas.ts";

const read = { scope: "project", action: "read" } as const;
const manage = { scope: "project", action: "manage" } as const;
const OneRule = Type.Object({ id: Id });
const MAX_DELIVERIES = 500;

export const listAlertRules = defineRoute({
  method: "GET",
  path: "/api/alert-rules",
  id: "listAlertRules",
  summary: "Rules by which the project alerts",
  access: read,
  answer: AlertRuleListSchema,
  handler: async ({ project }, deps) => ({
    body: { rules: await deps.store.control.listAlertRules(project.id) },
  }),
});

export const createAlertRule = defineRoute({
  method: "POST",
  path: "/api/alert-rules",
  id: "createAlertRule",
  summary: "Add a rule",
  access: manage,
  body: AlertRuleOrderSchema,
  answer: AlertRuleSchema,
  status: 201,
  async handler({ body, project }, deps) {
    await checkChannels(deps, body.channels);
    const rule = await deps.store.control.createAlertRule({ ...body, projectId: project.id });
    return { body: rule, audit: { id: rule.id, when: rule.when, channels: rule.channels } };
  },
});

export const changeAlertRule = defineRoute({
  method: "PATCH",
  path: "/api/alert-rules/:id",
  id: "changeAlertRule",
  summary: "Change a rule",
  access: manage,
  params: OneRule,
  body: AlertRulePatchSchema,
  answer: AlertRuleSchema,
  async handler({ params, body, project }, deps) {
    if (body.channels) await checkChannels(deps, body.channels);
    const rule = await deps.store.control.updateAlertRule(params.id, project.id, body);
    if (!rule) throw noRule(params.id);
    return { body: rule, audit: { when: rule.when, channels: rule.channels, enabled: rule.enabled } };
  },
});

export const deleteAlertRule = defineRoute({
  method: "DELETE",
  path: "/api/alert-rules/:id",
  id: "deleteAlertRule",
  summary: "Remove a rule",
  access: manage,
  params: OneRule,
  async handler({ params, project }, deps) {
    if (!(await deps.store.control.deleteAlertRule(params.id, project.id))) throw noRule(params.id);
    return {};
  },
});

export const listDeliveries = defineRoute({
  method: "GET",
  path: "/api/deliveries",
  id: "listDeliveries",
  summary: "What was sent, waits or was given up",
  access: manage,
  query: Type.Object(
    {
      state: Type.Optional(oneOf(["waiting", "delivered", "dead"])),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_DELIVERIES })),
    },
    exact,
  ),
  answer: DeliveryListSchema,
  async handler({ query, project }, deps) {
    const rows = await deps.store.outbox.list({
      projectId: project.id,
      limit: query.limit ?? 100,
      ...(query.state === undefined ? {} : { state: query.state }),
    });
    return { body: { deliveries: rows.map(toDeliveryRow) } };
  },
});

export const reviveDelivery = defineRoute({
  method: "POST",
  path: "/api/deliveries/:id/revive",
  id: "reviveDelivery",
  summary: "Try a dead delivery again",
  access: manage,
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) }),
  async handler({ params, project, at }, deps) {
    if (!(await deps.store.outbox.revive(project.id, params.id, at))) {
      throw new ApiError("not_found", "There is no such dead delivery in this project.");
    }
    return {};
  },
});

async function checkChannels(deps: ApiDeps, ids: readonly number[]): Promise<void> {
  const known = new Set((await deps.store.control.listChannels()).map((channel) => channel.id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown === undefined) return;
  throw new ApiError("invalid_request", `There is no channel ${unknown}.`, { details: { field: "channels" } });
}

function toDeliveryRow(row: OutboxRow): DeliveryRow {
  return {
    id: row.id,
    channelId: row.channelId,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.state === "waiting" ? row.dueAt : null,
    createdAt: row.createdAt,
    lastError: row.lastError,
    summary: summarise(row),
  };
}

function summarise(row: OutboxRow): string {
  const { rule, issue, issueId } = row.payload;
  const parts: string[] = [];
  if (isObject(rule) && typeof rule.name === "string") parts.push(rule.name);
  if (isObject(issue) && typeof issue.title === "string") parts.push(issue.title);
  if (parts.length === 0) parts.push(typeof issueId === "number" ? `${row.kind} of issue ${issueId}` : row.kind);
  return parts.join(": ").slice(0, 200);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noRule(id: number): ApiError {
  return new ApiError("not_found", `There is no alert rule ${id} in this project.`);
}
