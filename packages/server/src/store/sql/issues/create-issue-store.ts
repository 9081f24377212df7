import type { Json } from "@gatewatch/protocol";
import { sql } from "kysely";
import type { IssueStore } from "../../../model/store.ts";
import { parseCursor, toCursor } from "../cursor.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { readIssueSpreads, readTraffic } from "../digest/digest-spreads.ts";
import { parseJson } from "../stored-json.ts";
import { listAnalysed, pickAnalysis, putAnalysis, readAnalyses } from "./analyses.ts";
import { findSimilar } from "./find-similar.ts";
import { toHash, toIssue, toIssueEvent } from "./issue-row.ts";
import { queryIssueRows } from "./query-issue-rows.ts";
import { countByState, queryIssues } from "./query-issues.ts";
import { readTrends } from "./read-trends.ts";
import { regroupHashes } from "./regroup-hashes.ts";
import { updateIssue } from "./update-issue.ts";

/** Issues and their events: the same queries on both engines. */
export function createIssueStore(db: Database, dialect: SqlDialect): IssueStore {
  return {
    query: (query) => queryIssues(db, dialect, query),
    queryRows: (query, now, hours) => queryIssueRows(db, dialect, query, now, hours),
    countByState: (projectId, filter = {}) => countByState(db, dialect, projectId, filter),
    async get(projectId, id) {
      const row = await db
        .selectFrom("issue")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("id", "=", id)
        .executeTakeFirst();
      return row ? toIssue(row) : null;
    },
    update: (projectId, id, version, patch, activity) => updateIssue(db, { projectId, id, version, patch, activity }),
    async listHashes(projectId, issueId) {
      const rows = await db
        .selectFrom("issueHash")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("issueId", "=", issueId)
        .orderBy("id")
        .execute();
      return rows.map(toHash);
    },
    async findHash(projectId, hash) {
      const row = await db
        .selectFrom("issueHash")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("hash", "=", hash)
        .limit(1)
        .executeTakeFirst();
      return row ? toHash(row) : null;
    },
    async hashHistory(projectId, issueId) {
      const rows = await db
        .selectFrom("issueHashHistory as t")
        .innerJoin("issueHash as h", "h.id", "t.hashId")
        .select(["t.hashId", "t.at", "t.actor", "t.action", "t.fromIssue", "t.toIssue"])
        .where("t.projectId", "=", projectId)
        .where((eb) =>
          eb.or([eb("h.issueId", "=", issueId), eb("t.fromIssue", "=", issueId), eb("t.toIssue", "=", issueId)]),
        )
        .orderBy("t.id")
        .execute();
      return rows.map(({ hashId, at, actor, action, fromIssue, toIssue }) => ({
        hashId,
        at,
        by: actor,
        action,
        fromIssue,
        toIssue,
      }));
    },
    async findHeir(projectId, issueId) {
      const row = await db
        .selectFrom("issueHashHistory as t")
        .innerJoin("issueHash as h", "h.id", "t.hashId")
        .select("h.issueId")
        .where("t.projectId", "=", projectId)
        .where("t.fromIssue", "=", issueId)
        .where((eb) => eb.not(eb.exists(eb.selectFrom("issue as i").select("i.id").where("i.id", "=", issueId))))
        .orderBy("h.events", "desc")
        .orderBy("t.id", "desc")
        .limit(1)
        .executeTakeFirst();
      return row ? row.issueId : null;
    },
    async listActivity(projectId, issueId, limit) {
      const rows = await db
        .selectFrom("issueActivity")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("issueId", "=", issueId)
        .orderBy("at", "desc")
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      return rows.map(({ at, actor, action, detail }) =>
        detail === null ? { at, by: actor, action } : { at, by: actor, action, detail: parseJson<Json>(detail) },
      );
    },
    regroup: (command) => regroupHashes(db, dialect, command),
    trends: (projectId, issueIds, now, hours) => readTrends(db, dialect, { projectId, issueIds, now, hours }),
    async listEvents(projectId, issueId, limit, cursor) {
      let query = db
        .selectFrom("issueEvent")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("issueId", "=", issueId)
        .orderBy("time", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1);
      const after = parseCursor(cursor);
      if (after)
        query = query.where((eb) =>
          eb.or([eb("time", "<", after.value), eb.and([eb("time", "=", after.value), eb("id", "<", after.id)])]),
        );
      const rows = await query.execute();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        events: page.map(toIssueEvent),
        nextCursor: rows.length > limit && last ? toCursor(last.time, last.id) : null,
      };
    },
    async getEvent(projectId, eventId) {
      const row = await db
        .selectFrom("issueEvent")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("id", "=", eventId)
        .executeTakeFirst();
      return row ? toIssueEvent(row) : null;
    },
    async findIssuesOfEvents(projectId, eventIds) {
      if (eventIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("issueEvent")
        .select(["id", "issueId"])
        .where("projectId", "=", projectId)
        .where(dialect.isOneOf(sql.ref("id"), eventIds))
        .execute();
      return new Map(rows.map(({ id, issueId }) => [id, issueId]));
    },
    similar: (projectId, issueId, limit) => findSimilar(db, projectId, issueId, limit),
    async getAnalysis(projectId, issueId) {
      return pickAnalysis(await readAnalyses(db, dialect, projectId, [issueId]));
    },
    listAnalyses: (projectId, issueId) => readAnalyses(db, dialect, projectId, [issueId]),
    listAnalysed: (projectId, issueIds) => listAnalysed(db, dialect, projectId, issueIds),
    putAnalysis: (projectId, analysis) => putAnalysis(db, projectId, analysis),
    async spreads(projectId, issueId, firstDay) {
      const issue = (await readIssueSpreads(db, dialect, projectId, [issueId], firstDay)).get(issueId) ?? [];
      return { issue, traffic: issue.length === 0 ? [] : await readTraffic(db, dialect, projectId, firstDay) };
    },
  };
}
