import type { IssueState } from "@gatewatch/protocol";
import { sql } from "kysely";
import type { Database } from "../dialect.ts";

const SHARED_HASH_SCORE = 0.5;
const CULPRIT_SCORE = 0.3;
const TITLE_SCORE = 0.4;
const MIN_SCORE = 0.2;
/** Newest issues of the project whose titles are compared. */
const MAX_COMPARED = 500;

export interface SimilarIssue {
  id: number;
  title: string;
  culprit: string;
  state: IssueState;
  score: number;
}

/** Other issues that have shown the same hash, have the same culprit or a like title; best first, score 0 to 1. */
export async function findSimilar(
  db: Database,
  projectId: number,
  issueId: number,
  limit: number,
): Promise<SimilarIssue[]> {
  const issue = await db
    .selectFrom("issue")
    .select(["title", "culprit"])
    .where("projectId", "=", projectId)
    .where("id", "=", issueId)
    .executeTakeFirst();
  if (!issue) return [];
  const linked = await db
    .selectFrom("issueHashLink as mine")
    .innerJoin("issueHashLink as theirs", "theirs.hashId", "mine.hashId")
    .select("theirs.issueId")
    .distinct()
    .where("mine.issueId", "=", issueId)
    .where("theirs.issueId", "<>", issueId)
    .limit(MAX_COMPARED)
    .execute();
  const sharing = new Set(linked.map((row) => row.issueId));
  const candidates = await db
    .selectFrom("issue")
    .select(["id", "title", "culprit", "state"])
    .where("projectId", "=", projectId)
    .where("id", "<>", issueId)
    .where((eb) =>
      eb.or([
        eb("id", "in", sharing.size > 0 ? [...sharing] : [0]),
        eb("culprit", "=", issue.culprit),
        eb(
          "id",
          "in",
          sql<number>`(select id from issue where project_id = ${projectId} order by last_seen desc limit ${MAX_COMPARED})`,
        ),
      ]),
    )
    .limit(2 * MAX_COMPARED)
    .execute();
  const words = toWords(issue.title);
  return candidates
    .map((other) => ({
      id: other.id,
      title: other.title,
      culprit: other.culprit,
      state: other.state as IssueState,
      score: Math.min(
        1,
        (sharing.has(other.id) ? SHARED_HASH_SCORE : 0) +
          (other.culprit !== "" && other.culprit === issue.culprit ? CULPRIT_SCORE : 0) +
          TITLE_SCORE * likeness(words, toWords(other.title)),
      ),
    }))
    .filter((other) => other.score >= MIN_SCORE)
    .sort((a, b) => b.score - a.score || b.id - a.id)
    .slice(0, limit);
}

function toWords(title: string): Set<string> {
  return new Set(title.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []);
}

/** Jaccard index: shared words over all words. */
function likeness(a: Set<string>, b: Set<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}
