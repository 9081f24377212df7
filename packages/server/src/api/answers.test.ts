import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createToken } from "../auth/create-credential.ts";
import { seedProject, type SeededProject } from "./testing/seed-project.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
let own: SeededProject;
let admin: Record<string, string>;
let asked: number[];

beforeEach(async () => {
  asked = [];
  api = await startServerStandIn();
  own = await seedProject(api.store, 1, api.time.now);
  const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "all", at: api.time.now });
  admin = { authorization: `Bearer ${token}` };
});
afterEach(() => api.close());

describe("issues", () => {
  const get = async (path: string) => (await api.fetch(path, { headers: admin })).json() as Promise<never>;

  test("a list has counts, users and trends", async () => {
    const list = (await get("/api/issues?q=is:new planted")) as { issues: unknown[]; counts: unknown };
    expect(list.counts).toEqual({ unresolved: 2, new: 2, regressed: 0, resolved: 0, ignored: 0 });
    expect(list.issues).toHaveLength(2);
    const [row] = list.issues as { users: number; trend: number[]; events: number }[];
    expect(row).toMatchObject({ users: 3, events: 5 });
    expect(row?.trend.at(-1)).toBe(5);
    expect(row?.trend).toHaveLength(24);
  });

  test("resolving shows at once, tells who did it and reaches the audit log's caller", async () => {
    const { headers } = await api.signIn("member");
    const response = await api.fetch(`/api/issues/${own.issueId}?project=1`, {
      method: "PATCH",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ action: "resolve", inNextRelease: true }),
    });
    expect(await response.json()).toMatchObject({
      state: "resolved",
      resolvedInRelease: "planted-1.0",
      resolveInNextRelease: true,
      activity: [expect.objectContaining({ by: "member1@example.com" })],
    });
  });

  test("merge and split restore what was", async () => {
    const post = async (path: string, body: unknown) =>
      (
        await api.fetch(path, {
          method: "POST",
          headers: { ...admin, "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).json() as Promise<{ id: number; events: number; hashes: { id: number; hash: string }[] }>;
    api.options.verbs.requestAnalysis = async ({ issueId }) => {
      asked.push(issueId);
      throw new Error("the analyst is away");
    };
    const merged = await post(`/api/issues/${own.issueId}/merge`, { from: [own.otherIssueId] });
    expect(merged.events).toBe(10);
    const gone = await api.fetch(`/api/issues/${own.otherIssueId}`, { headers: admin });
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ error: { details: { movedTo: own.issueId } } });
    const hashIds = merged.hashes.filter((hash) => hash.hash.startsWith("second")).map((hash) => hash.id);
    const split = await post(`/api/issues/${own.issueId}/split`, { hashIds });
    expect(split.events).toBe(5);
    expect(split.id).not.toBe(own.issueId);
    expect(asked).toEqual([own.issueId, own.issueId, split.id]);
    const heir = await api.fetch(`/api/issues/${own.otherIssueId}`, { headers: admin });
    expect(await heir.json()).toMatchObject({ error: { details: { movedTo: split.id } } });
  });

  test("one issue shows its newest event and the shares of the stored ones", async () => {
    expect(await get(`/api/issues/${own.issueId}`)).toMatchObject({
      latestEvent: { id: own.eventId, event: { type: "error" } },
      shares: expect.arrayContaining([
        { name: "route", values: [{ value: "GET /planted", count: 2, share: 1 }] },
        { name: "environment", values: [{ value: "production", count: 2, share: 1 }] },
      ]) as unknown,
    });
  });
});

describe("what is wrong is named", () => {
  const patch = (path: string, body: string, type = "application/json") =>
    api.fetch(path, { method: "PATCH", headers: { ...admin, "content-type": type }, body });

  test("a redaction key that no redactor could use", async () => {
    const response = await patch("/api/settings", JSON.stringify({ project: { redactKeys: ["--"] } }));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ error: { details: { field: "project.redactKeys" } } });
  });

  test("an unknown command", async () => {
    const response = await patch(`/api/issues/${own.issueId}`, '{"action":"burn"}');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ error: { code: "invalid_request" } });
  });

  test("a body that is no JSON, or of another type", async () => {
    expect((await patch(`/api/issues/${own.issueId}`, "{")).status).toBe(422);
    expect((await patch(`/api/issues/${own.issueId}`, "a=b", "text/plain")).status).toBe(415);
    expect((await patch(`/api/issues/${own.issueId}`, `"${"x".repeat(300_000)}"`)).status).toBe(413);
  });

  test("a stranger is refused before the body is read", async () => {
    const socket = connect(api.port, "127.0.0.1");
    socket.setEncoding("utf8");
    socket.write(
      "POST /api/projects HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 200000\r\n\r\n{",
    );
    const [answer] = (await once(socket, "data")) as [string];
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("an unknown parameter by its name", async () => {
    const response = await api.fetch("/api/issues?colour=red", { headers: admin });
    expect(await response.json()).toMatchObject({ error: { message: 'query does not know "colour".' } });
  });

  test("a method that the address does not know", async () => {
    const response = await api.fetch("/api/overview", { method: "DELETE", headers: admin });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET");
  });

  test("our own failures show no more than a request id", async () => {
    api.options.store.telemetry.hasEvents = () => Promise.reject(new Error("secret path /var/lib"));
    const response = await api.fetch("/api/overview", { headers: admin });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain("secret path");
    expect(api.logged).toHaveLength(1);
    expect(text).toContain(api.logged[0]!.fields.requestId);
  });
});

describe("secrets of channels", () => {
  const write = async (method: string, path: string, body: unknown) =>
    (
      await api.fetch(path, {
        method,
        headers: { ...admin, "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).json() as Promise<{ id: number; config: Record<string, unknown> }>;

  test("a secret is shown as a hint, stays when the hint comes back, and changes when something else does", async () => {
    const config = { webhookUrl: "https://hooks.example/T0/abcd1234", room: "ops" };
    const made = await write("POST", "/api/channels", { kind: "slack", name: "ops", config });
    expect(made.config).toEqual({ webhookUrl: "…1234", room: "ops" });
    await write("PATCH", `/api/channels/${made.id}`, { config: { webhookUrl: "…1234", room: "dev" } });
    const stored = async () => (await api.store.control.listChannels()).find((row) => row.id === made.id)?.config;
    expect(await stored()).toEqual({ webhookUrl: "https://hooks.example/T0/abcd1234", room: "dev" });
    await write("PATCH", `/api/channels/${made.id}`, { config: { webhookUrl: "https://hooks.example/new" } });
    expect(await stored()).toEqual({ webhookUrl: "https://hooks.example/new" });
  });

  test("an unknown kind is refused with the known ones", async () => {
    const answer = await write("POST", "/api/channels", { kind: "pigeon", name: "p", config: {} });
    expect(answer).toMatchObject({ error: { message: expect.stringContaining("slack") as unknown } });
  });
});

test("a revoked token is refused at once", async () => {
  const made = (await (
    await api.fetch("/api/tokens", {
      method: "POST",
      headers: { ...admin, "content-type": "application/json" },
      body: JSON.stringify({ name: "short-lived", scope: "read" }),
    })
  ).json()) as { id: number; token: string };
  const use = () => api.fetch("/api/issues", { headers: { authorization: `Bearer ${made.token}` } });
  expect((await use()).status).toBe(200);
  expect((await api.fetch(`/api/tokens/${made.id}`, { method: "DELETE", headers: admin })).status).toBe(204);
  expect((await use()).status).toBe(401);
});

test("a dsn and a client secret are shown again, a token never", async () => {
  const make = async (kind: string) =>
    (await (
      await api.fetch("/api/tokens", {
        method: "POST",
        headers: { ...admin, "content-type": "application/json" },
        body: JSON.stringify({ name: kind, kind }),
      })
    ).json()) as { id: number; token: string };
  for (const kind of ["dsn", "clientSecret"]) {
    const made = await make(kind);
    const again = await api.fetch(`/api/tokens/${made.id}/secret`, { headers: admin });
    expect(await again.json()).toMatchObject({ token: made.token });
  }
  const { token: key, dsn } = (await make("dsn")) as { token: string; dsn?: string };
  expect(dsn).toBe(`${api.url.replace("//", `//${key}@`)}/1`);
  const token = await make("token");
  expect((await api.fetch(`/api/tokens/${token.id}/secret`, { headers: admin })).status).toBe(409);
});

test("every answer has a request id and is kept nowhere", async () => {
  for (const path of ["/api/issues", "/api/nothing", "/healthz", "/readyz"]) {
    const response = await api.fetch(path);
    await response.body?.cancel();
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
});

test("long answers are compressed for those who take it", async () => {
  const response = await api.fetch("/api/overview", { headers: { ...admin, "accept-encoding": "gzip" } });
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(await response.json()).toMatchObject({ hasData: true, verdict: { level: "bad" } });
});
