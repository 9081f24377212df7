import { SESSION_EVENT } from "../model/client-events.ts";
import type { DigestTx } from "../model/store.ts";
import { type SessionNews, tryReadSession } from "../releases/read-session.ts";
import { SessionBook } from "../releases/session-book.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";
import { findCustomEvents } from "./find-custom-events.ts";
import type { ReleaseBudget } from "./release-budget.ts";
import type { StageContext } from "./stages.ts";

/** Counts sessions into the health of their releases. */
export async function countReleases(unit: DigestUnit, tx: DigestTx, { releases }: StageContext): Promise<void> {
  for (const project of unit.projects.values()) {
    const news = listNews(project, releases);
    if (news.length === 0) continue;
    const { projectId } = project;
    const named = new Set(news.flatMap(({ session }) => session ?? []));
    const book = new SessionBook(projectId, await tx.getClientSessions(projectId, [...named]), (startedAt) =>
      releases.take(projectId, startedAt),
    );
    for (const item of news) book.add(item, unit.now);
    await tx.putClientSessions(book.listSessions());
    await tx.addReleaseHealth(book.listCells());
    await tx.putReleaseUsers(book.mergeUsers(await tx.getReleaseUsers(projectId, book.listDays())));
  }
}

function listNews(project: ProjectUnit, releases: ReleaseBudget): SessionNews[] {
  return findCustomEvents(project, [SESSION_EVENT]).flatMap(({ parsed, event }) => {
    const news = tryReadSession(event, parsed.batch.resource);
    return news === undefined ? [] : [releases.name(project.projectId, news)];
  });
}
