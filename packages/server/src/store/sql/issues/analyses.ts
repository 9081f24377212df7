import type { Analysis } from "@gatewatch/protocol";
import { sql } from "kysely";
import type { Database, SqlDialect } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";

const STATUS_RANK: Record<Analysis["status"], number> = { complete: 2, preliminary: 1, failed: 0 };

/** Every stored analysis of the issues, newest first. */
export async function readAnalyses(
  db: Database,
  dialect: SqlDialect,
  projectId: number,
  issueIds: number[],
): Promise<Analysis[]> {
  if (issueIds.length === 0) return [];
  const rows = await db
    .selectFrom("analysis")
    .select("body")
    .where("projectId", "=", projectId)
    .where(dialect.isOneOf(sql.ref("issueId"), issueIds))
    .orderBy("createdAt", "desc")
    .orderBy("provider")
    .execute();
  return rows.map((row) => parseJson<Analysis>(row.body));
}

/** Those of the issues that have an analysis which did not fail; the bodies are not read. */
export async function listAnalysed(
  db: Database,
  dialect: SqlDialect,
  projectId: number,
  issueIds: number[],
): Promise<number[]> {
  if (issueIds.length === 0) return [];
  const rows = await db
    .selectFrom("analysis")
    .select("issueId")
    .distinct()
    .where("projectId", "=", projectId)
    .where(dialect.isOneOf(sql.ref("issueId"), issueIds))
    .where("status", "!=", "failed")
    .execute();
  return rows.map((row) => row.issueId);
}

/** The one to show: a model's before that of the rules, done before preliminary, failed ones last; of equals the newest. */
export function pickAnalysis(newestFirst: readonly Analysis[]): Analysis | null {
  let best: Analysis | null = null;
  for (const analysis of newestFirst) if (best === null || rank(analysis) > rank(best)) best = analysis;
  return best;
}

function rank(analysis: Analysis): number {
  if (analysis.status === "failed") return 0;
  return (analysis.provider === "rules" ? 0 : 10) + STATUS_RANK[analysis.status];
}

/** Stores an analysis in place of an older one by the same provider on the same evidence; nothing when the issue is not the project's. */
export async function putAnalysis(db: Database, projectId: number, analysis: Analysis): Promise<void> {
  const body = JSON.stringify(analysis);
  const { issueId, provider, evidenceDigest, status, createdAt } = analysis;
  await sql`insert into analysis (project_id, issue_id, provider, evidence_digest, status, created_at, body)
    select project_id, id, cast(${provider} as text), cast(${evidenceDigest} as text), cast(${status} as text),
      cast(${createdAt} as bigint), cast(${body} as text)
    from issue where project_id = ${projectId} and id = ${issueId}
    on conflict (issue_id, provider, evidence_digest)
    do update set status = excluded.status, created_at = excluded.created_at, body = excluded.body`.execute(db);
}
