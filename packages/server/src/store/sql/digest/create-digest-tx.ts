import type { Json } from "@gatewatch/protocol";
import type { DigestTx } from "../../../model/store.ts";
import { createClientDigestTx } from "../clients/create-client-store.ts";
import { listAlertRules } from "../control/alerting.ts";
import { listProjects } from "../control/projects.ts";
import type { SqlDialect, WriteTransaction } from "../dialect.ts";
import { putAnalysis, readAnalyses } from "../issues/analyses.ts";
import { addOutboxRows } from "../outbox-store.ts";
import { defineBulkInsert, defineStatement } from "../statement.ts";
import { parseJson } from "../stored-json.ts";
import { addHashDeltas, attachHashes, findHashes } from "./digest-hashes.ts";
import { addTraffic, readIssueSpreads, readTraffic } from "./digest-spreads.ts";
import { addIssueEvents, getIssues, insertIssue, updateIssues } from "./digest-issues.ts";

interface ActivityRow {
  projectId: number;
  issueId: number;
  at: number;
  actor: string;
  action: string;
  detail: string | null;
}

const writeActivity = defineBulkInsert<ActivityRow>(
  "issue_activity",
  ["projectId", "issueId", "at", "actor", "action", "detail"],
  "",
);
const readAlertState = defineStatement<{ key: string; value: string }>(
  ({ isOneOf }) => `select key, value from alert_state where ${isOneOf("key")}`,
);
const writeAlertState = defineBulkInsert<{ key: string; value: string; expiresAt: number }>(
  "alert_state",
  ["key", "value", "expiresAt"],
  "on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at",
);
const readChannels = defineStatement<{ id: number; kind: string }>(
  () => "select id, kind from channel where enabled = 1 order by id",
);

/** The part of a unit of digest that both engines write alike; batch ids, chunks and rollups are each engine's own. */
export type SharedDigestTx = Omit<DigestTx, "addBatches" | "putChunks" | "addRollups">;

export function createSharedDigestTx(tx: WriteTransaction, dialect: SqlDialect): SharedDigestTx {
  return {
    ...createClientDigestTx(tx, dialect),
    findHashes: (projectId, hashes) => findHashes(tx, dialect, projectId, hashes),
    getIssues: (projectId, ids) => getIssues(tx, dialect, projectId, ids),
    insertIssue: (issue) => insertIssue(tx, issue),
    attachHashes: (rows) => attachHashes(tx, dialect, rows),
    addHashDeltas: (projectId, deltas) => addHashDeltas(tx, dialect, projectId, deltas),
    updateIssues: (issues) => updateIssues(tx, dialect, issues),
    addIssueEvents: (events) => addIssueEvents(tx, dialect, events),
    async addActivity(rows) {
      await writeActivity(tx, dialect, rows.map(toActivityRow));
    },
    putAnalysis: (projectId, analysis) => putAnalysis(tx, projectId, analysis),
    getAnalyses: (projectId, issueIds) => readAnalyses(tx, dialect, projectId, issueIds),
    addTraffic: (projectId, days) => addTraffic(tx, dialect, projectId, days),
    getTraffic: (projectId, firstDay) => readTraffic(tx, dialect, projectId, firstDay),
    getSpreads: (projectId, issueIds, firstDay) => readIssueSpreads(tx, dialect, projectId, issueIds, firstDay),

    alertRules: () => listAlertRules(tx, null),
    enabledChannels: () => readChannels(tx, dialect),
    projects: () => listProjects(tx),
    async getAlertState(keys) {
      if (keys.length === 0) return new Map();
      const rows = await readAlertState(tx, dialect, keys);
      return new Map(rows.map((row) => [row.key, parseJson<Json>(row.value)]));
    },
    async putAlertState(entries) {
      const newest = new Map(entries.map((entry) => [entry.key, entry]));
      const rows = [...newest.values()].map(({ key, value, expiresAt }) => ({
        key,
        value: JSON.stringify(value),
        expiresAt,
      }));
      await writeAlertState(tx, dialect, rows);
    },
    addOutbox: (rows) => addOutboxRows(tx, rows),
  };
}

function toActivityRow(row: Parameters<DigestTx["addActivity"]>[0][number]): ActivityRow {
  const { projectId, issueId, at, by, action, detail } = row;
  return { projectId, issueId, at, actor: by, action, detail: detail === undefined ? null : JSON.stringify(detail) };
}
