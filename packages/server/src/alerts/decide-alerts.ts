import type { AlertCondition, AlertRuleRow, Analysis, Json } from "@gatewatch/protocol";
import type { Alert, OutboxRow } from "../model/alert.ts";
import { routeErrorKey, type AppliedErrors, type AppliedIssue, type RouteErrorCount } from "../model/applied-errors.ts";
import type { DigestTx } from "../model/store.ts";
import { buildCountAlert, buildIssueAlert, toOutboxRow, type AlertContext } from "./build-alert.ts";
import { CountWindow } from "./count-window.ts";

/** Alerts that one unit may raise in a project; the last one tells how many more there were. */
const MAX_ALERTS_PER_UNIT = 100;
const STATE_GRACE_MS = 60_000;

export interface AlertInput {
  projectId: number;
  /** Epoch milliseconds. */
  now: number;
  errors: AppliedErrors;
  /** Answers of 400–599 per route and minute; keys by `routeErrorKey`. */
  routeErrors: RouteErrorCount[];
  /** By issue, as far as there are any. */
  analyses: ReadonlyMap<number, Analysis>;
  /** Address of the dashboard for links. */
  publicUrl: string | null;
}

/** One alert that a rule has decided on, for these channels. */
interface Decision {
  alert: Alert;
  channels: number[];
}

type CountRule = AlertRuleRow & { when: Extract<AlertCondition, { kind: "errorCount" }> };

/**
 * Decides whom to tell what about one unit of digest and writes the rows into the outbox. What rules remember (cooldowns, windows)
 * lives in the same transaction, so that a unit that is played again alerts once.
 */
export async function decideAlerts(tx: DigestTx, input: AlertInput): Promise<OutboxRow[]> {
  const changed = input.errors.issues.filter((applied) => triggersOf(applied).length > 0);
  const counted = input.routeErrors.length > 0 || input.errors.exceptions.length > 0;
  if (changed.length === 0 && !counted) return [];
  const rules = (await tx.alertRules()).filter((rule) => rule.enabled && rule.projectId === input.projectId);
  if (rules.length === 0) return [];
  const enabled = (await tx.enabledChannels()).map(({ id }) => id);
  const project = (await tx.projects()).find(({ id }) => id === input.projectId);
  const contextOf = (rule: AlertRuleRow): AlertContext => ({
    projectId: input.projectId,
    projectName: project?.name ?? `project ${input.projectId}`,
    rule,
    at: input.now,
    publicUrl: input.publicUrl,
  });
  const channelsOf = (rule: AlertRuleRow) =>
    rule.channels.length === 0 ? enabled : rule.channels.filter((id) => enabled.includes(id));

  const byIssue = await decideIssues(tx, input, changed, rules, contextOf, channelsOf);
  const byCount = await decideCounts(tx, input, byIssue.told, rules.filter(isCountRule), contextOf, channelsOf);
  const rows = toRows([...byIssue.decisions, ...byCount]);
  if (rows.length > 0) await tx.addOutbox(rows);
  return rows;
}

/** Conditions that hold for an issue in this unit, the gravest first. */
function triggersOf({ record, outcome, severityBefore }: AppliedIssue): AlertCondition["kind"][] {
  if (record.state === "ignored" || record.state === "resolved") return [];
  const triggers: AlertCondition["kind"][] = [];
  if (record.severity === "critical" && (severityBefore !== "critical" || outcome !== "ongoing"))
    triggers.push("criticalSeverity");
  if (outcome === "regressed" || outcome === "woken") triggers.push("regression");
  if (outcome === "new") triggers.push("newIssue");
  return triggers;
}

async function decideIssues(
  tx: DigestTx,
  input: AlertInput,
  changed: AppliedIssue[],
  rules: AlertRuleRow[],
  contextOf: (rule: AlertRuleRow) => AlertContext,
  channelsOf: (rule: AlertRuleRow) => number[],
): Promise<{ decisions: Decision[]; told: AppliedIssue[] }> {
  const candidates = changed.flatMap((applied) =>
    triggersOf(applied).flatMap((kind) =>
      rules
        .filter((rule) => rule.when.kind === kind)
        .map((rule) => ({ applied, rule, key: `cooldown:${rule.id}:${applied.record.id}` })),
    ),
  );
  if (candidates.length === 0) return { decisions: [], told: [] };
  const cooling = await tx.getAlertState(candidates.map(({ key }) => key));
  const decisions: Decision[] = [];
  const told = new Set<AppliedIssue>();
  const toldChannels = new Set<string>();
  const states: { key: string; value: Json; expiresAt: number }[] = [];
  for (const { applied, rule, key } of candidates) {
    const until = cooling.get(key);
    if (typeof until === "number" && input.now < until) continue;
    const quietUntil = input.now + rule.cooldownMs;
    states.push({ key, value: quietUntil, expiresAt: quietUntil + STATE_GRACE_MS });
    // A channel hears of one issue once a unit, from its gravest rule.
    const channels = channelsOf(rule).filter((id) => !toldChannels.has(`${applied.record.id}:${id}`));
    for (const id of channels) toldChannels.add(`${applied.record.id}:${id}`);
    if (channels.length === 0) continue;
    told.add(applied);
    const analysis = input.analyses.get(applied.record.id);
    decisions.push({ alert: buildIssueAlert(contextOf(rule), applied, analysis), channels });
  }
  if (states.length > 0) await tx.putAlertState(states);
  return { decisions, told: [...told] };
}

function isCountRule(rule: AlertRuleRow): rule is CountRule {
  return rule.when.kind === "errorCount";
}

async function decideCounts(
  tx: DigestTx,
  input: AlertInput,
  told: AppliedIssue[],
  rules: CountRule[],
  contextOf: (rule: AlertRuleRow) => AlertContext,
  channelsOf: (rule: AlertRuleRow) => number[],
): Promise<Decision[]> {
  if (rules.length === 0) return [];
  const { now, routeErrors, errors } = input;
  const keyOf = (rule: CountRule) => `count:${rule.id}`;
  const stored = await tx.getAlertState(rules.map(keyOf));
  const touched = new Set([...routeErrors, ...errors.exceptions].map(({ key }) => key));
  const decisions: Decision[] = [];
  const states: { key: string; value: Json; expiresAt: number }[] = [];
  for (const rule of rules) {
    const { threshold, windowMs } = rule.when;
    const window = CountWindow.parse(windowMs, stored.get(keyOf(rule)));
    window.addAnswers(routeErrors, now);
    window.addExceptions(errors.exceptions, now);
    // One alert per cause: whoever was just told of the issue knows why its route fails.
    for (const key of routesOf(told)) window.silence(key, now + windowMs, now);
    for (const key of touched) {
      const events = window.count(key, now);
      if (events < threshold || window.isQuiet(key, now)) continue;
      const quietUntil = now + Math.max(windowMs, rule.cooldownMs);
      window.silence(key, quietUntil, now);
      const channels = channelsOf(rule);
      if (channels.length > 0)
        decisions.push({ alert: buildCountAlert(contextOf(rule), { key, events, windowMs }), channels });
    }
    window.prune(now);
    const expiresAt = now + windowMs + Math.max(windowMs, rule.cooldownMs) + STATE_GRACE_MS;
    states.push({ key: keyOf(rule), value: window.toJson(), expiresAt });
  }
  await tx.putAlertState(states);
  return decisions;
}

function routesOf(told: AppliedIssue[]): Set<string> {
  const requests = told.map(({ newest }) => newest.event.request).filter((request) => request !== undefined);
  return new Set(requests.map((request) => routeErrorKey(request.method, request.route)));
}

function toRows(decisions: Decision[]): OutboxRow[] {
  const told = decisions.slice(0, MAX_ALERTS_PER_UNIT);
  const last = told.at(-1);
  if (last !== undefined && decisions.length > told.length) {
    const suppressed = decisions.length - told.length;
    told[told.length - 1] = { ...last, alert: { ...last.alert, suppressed } };
  }
  return told.flatMap(({ alert, channels }) => channels.map((id) => toOutboxRow(alert, id)));
}
