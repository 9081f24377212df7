import type { Json } from "@gatewatch/protocol";
import { sql } from "kysely";
import type { DigestTx } from "../../../model/store.ts";
import { listAlertRules } from "../control/alerting.ts";
import { listProjects } from "../control/projects.ts";
import type { SqlDialect, WriteTransaction } from "../dialect.ts";
import { putAnalysis, readAnalyses } from "../issues/analyses.ts";
import { toHash, toIssue } from "../issues/issue-row.ts";
import { addOutboxRows } from "../outbox-store.ts";
import { parseJson } from "../stored-json.ts";
import { addHashDeltas, attachHashes } from "./digest-hashes.ts";
import { addIssueEvents, insertIssue, updateIssues } from "./digest-issues.ts";
import { slices } from "./slices.ts";

/** The part of a unit of digest that both engines write alike; batch ids, chunks and rollups are each engine's own. */
export type SharedDigestTx = Omit<DigestTx, "addBatches" | "putChunks" | "addRollups">;

export function createSharedDigestTx(tx: WriteTransaction, dialect: SqlDialect): SharedDigestTx {
  return {
    async findHashes(projectId, hashes) {
      if (hashes.length === 0) return [];
      const rows = await tx
        .selectFrom("issueHash")
        .selectAll()
        .where("projectId", "=", projectId)
        .where(dialect.isOneOf(sql.ref("hash"), hashes))
        .orderBy("id")
        .execute();
      return rows.map(toHash);
    },
    async getIssues(projectId, ids) {
      if (ids.length === 0) return [];
      // Ordered, so that two transactions take row locks in one order.
      let query = tx
        .selectFrom("issue")
        .selectAll()
        .where("projectId", "=", projectId)
        .where(dialect.isOneOf(sql.ref("id"), ids))
        .orderBy("id");
      if (dialect.rowLock) query = query.forUpdate();
      return (await query.execute()).map(toIssue);
    },
    insertIssue: (issue) => insertIssue(tx, issue),
    attachHashes: (rows) => attachHashes(tx, dialect, rows),
    addHashDeltas: (projectId, deltas) => addHashDeltas(tx, dialect, projectId, deltas),
    updateIssues: (issues) => updateIssues(tx, issues),
    addIssueEvents: (events) => addIssueEvents(tx, events),
    async addActivity(rows) {
      for (const part of slices(rows)) {
        await tx
          .insertInto("issueActivity")
          .values(
            part.map(({ projectId, issueId, at, by, action, detail }) => ({
              projectId,
              issueId,
              at,
              actor: by,
              action,
              detail: detail === undefined ? null : JSON.stringify(detail),
            })),
          )
          .execute();
      }
    },
    putAnalysis: (projectId, analysis) => putAnalysis(tx, projectId, analysis),
    getAnalyses: (projectId, issueIds) => readAnalyses(tx, dialect, projectId, issueIds),

    alertRules: () => listAlertRules(tx, null),
    enabledChannels: () =>
      tx.selectFrom("channel").select(["id", "kind"]).where("enabled", "=", 1).orderBy("id").execute(),
    projects: () => listProjects(tx),
    async getAlertState(keys) {
      if (keys.length === 0) return new Map();
      const rows = await tx
        .selectFrom("alertState")
        .select(["key", "value"])
        .where(dialect.isOneOf(sql.ref("key"), keys))
        .execute();
      return new Map(rows.map((row) => [row.key, parseJson<Json>(row.value)]));
    },
    async putAlertState(entries) {
      const newest = new Map(entries.map((entry) => [entry.key, entry]));
      for (const part of slices([...newest.values()])) {
        await tx
          .insertInto("alertState")
          .values(part.map(({ key, value, expiresAt }) => ({ key, value: JSON.stringify(value), expiresAt })))
          .onConflict((conflict) =>
            conflict.column("key").doUpdateSet((eb) => ({
              value: eb.ref("excluded.value"),
              expiresAt: eb.ref("excluded.expiresAt"),
            })),
          )
          .execute();
      }
    },
    addOutbox: (rows) => addOutboxRows(tx, rows),
  };
}
