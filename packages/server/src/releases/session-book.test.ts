import { expect, it } from "vitest";
import type { SessionNews } from "./read-session.ts";
import { SessionBook } from "./session-book.ts";

const NOON = Date.parse("2026-11-20T12:00Z");

it("counts no new sessions without room, and goes on with those that it knows", () => {
  const known = { projectId: 1, session: "known", startedAt: NOON, release: "1", environment: "live" };
  let room = 1;
  const book = new SessionBook(1, [{ ...known, status: "healthy" }], () => room-- > 0);
  const news = (session: string, crashed: number): SessionNews => ({
    release: "1",
    environment: "live",
    startedAt: NOON,
    session,
    user: session,
    counts: { healthy: 1 - crashed, errored: 0, abnormal: 0, crashed },
  });
  for (const session of ["first", "second", "second", "known"]) book.add(news(session, 1), NOON);
  expect(book.listSessions().map(({ session, status }) => [session, status])).toEqual([
    ["first", "crashed"],
    ["known", "crashed"],
  ]);
  expect(book.listCells()).toMatchObject([{ sessions: 1, crashed: 2 }]);
});
