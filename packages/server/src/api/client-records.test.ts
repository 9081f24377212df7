import type { FeedbackList, MonitorList, ReleaseList } from "@gatewatch/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createToken } from "../auth/create-credential.ts";
import { seedProject, type SeededProject } from "./testing/seed-project.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
let own: SeededProject;
let headers: Record<string, string>;

beforeAll(async () => {
  api = await startServerStandIn();
  own = await seedProject(api.store, 1, api.time.now);
  const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "all", at: api.time.now });
  headers = { authorization: `Bearer ${token}` };
});
afterAll(() => api.close());

async function get<Answer>(path: string): Promise<Answer> {
  const response = await api.fetch(path, { headers });
  expect({ path, status: response.status }).toEqual({ path, status: 200 });
  return (await response.json()) as Answer;
}

test("a monitor is shown with its schedule and whether it is down, and is forgotten on demand", async () => {
  const { monitors } = await get<MonitorList>("/api/monitors/planted-job");
  expect(monitors).toMatchObject([{ state: "missed", down: true, schedule: { timezone: "Europe/Berlin" } }]);
  expect(Object.keys(monitors[0]!)).not.toContain("projectId");
  expect((await api.fetch("/api/monitors/planted-job", { method: "DELETE", headers })).status).toBe(204);
  for (const method of ["GET", "DELETE"])
    expect((await api.fetch("/api/monitors/planted-job", { method, headers })).status).toBe(404);
  expect(await get("/api/monitors")).toEqual({ monitors: [] });
});

test("a release shows what part of its sessions and people had no crash", async () => {
  const { releases, from, to } = await get<ReleaseList>("/api/releases");
  expect(releases).toMatchObject([
    { release: "planted-1.0", sessions: 8, crashed: 2, crashFreeSessions: 0.75, users: 4, crashFreeUsers: 0.75 },
  ]);
  expect(to - from).toBeGreaterThan(29 * 86_400_000);
  const past = api.time.now - 40 * 86_400_000;
  expect((await get<ReleaseList>(`/api/releases?from=${past}&to=${past + 86_400_000}`)).releases).toEqual([]);
});

test("feedback is listed by pages, and of one issue", async () => {
  const first = await get<FeedbackList>("/api/feedback?limit=1");
  expect(first.feedback.map(({ message }) => message)).toEqual(["planted too"]);
  const second = await get<FeedbackList>(`/api/feedback?limit=1&cursor=${first.nextCursor}`);
  expect(second).toMatchObject({ feedback: [{ message: "planted words", issueId: own.issueId }], nextCursor: null });
  expect((await get<FeedbackList>(`/api/issues/${own.issueId}/feedback`)).feedback).toEqual(second.feedback);
  expect((await get<FeedbackList>(`/api/issues/${own.otherIssueId}/feedback`)).feedback).toEqual([]);
  expect((await api.fetch("/api/issues/999999/feedback", { headers })).status).toBe(404);
});

test("an attachment is something to save, whatever it says it is", async () => {
  const response = await api.fetch(`/api/events/${own.eventId}/attachment?index=0`, { headers });
  expect([response.status, await response.text()]).toEqual([200, "planted"]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/octet-stream",
    "content-disposition": "attachment; filename*=UTF-8''planted.log",
    "x-content-type-options": "nosniff",
    "content-security-policy": expect.stringContaining("default-src 'none'"),
  });
  for (const index of [1, 100])
    expect((await api.fetch(`/api/events/${own.eventId}/attachment?index=${index}`, { headers })).status).toBe(404);
  expect((await api.fetch("/api/events/no-such-event/attachment?index=0", { headers })).status).toBe(404);
});
