import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { IssueList, IssueRow } from "@gatewatch/protocol";
import { poll } from "./support/poll.ts";
import { readStored } from "./support/read-stored.ts";
import { startUpgradeRefuser } from "./support/refuse-upgrades.ts";
import { startDeliveryApp, type DeliveryApp } from "./support/start-delivery-app.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";

let server: RunningServer;
const apps: DeliveryApp[] = [];
/** What each project must hold in the end. */
const expected = new Map<string, { paths: string[]; errors: number }>();

beforeAll(async () => {
  server = await startGatewatch();
});
afterEach(() => Promise.all(apps.splice(0).map((app) => app.kill())));
afterAll(() => server?.remove());

async function startApp(env: Record<string, string | undefined>): Promise<DeliveryApp> {
  const app = await startDeliveryApp({ GATEWATCH_URL: server.url, ...env });
  apps.push(app);
  return app;
}

interface Project {
  name: string;
  token: string;
  env: Record<string, string>;
}

function openProject(name: string): Project {
  const { token } = server.command<{ token: string }>("token", "create", "--scope", "admin", "--project", name);
  return {
    name,
    token,
    env: { GATEWATCH_TOKEN: token, GATEWATCH_DELIVERY_SPOOL_FOLDER: join(server.dataDir, `spool-${name}`) },
  };
}

async function killServer(): Promise<void> {
  server.process.child.kill("SIGKILL");
  await server.process.exited;
}

async function startServerAgain(): Promise<void> {
  server = await startGatewatch({ dataDir: server.dataDir, port: Number(new URL(server.url).port) });
}

const paths = (name: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `/${name}/${from + index}`);

/** The one issue of a project, once it has at least so many events. */
async function waitForIssue({ name, token }: Project, events: number): Promise<IssueRow> {
  const read = async () => {
    const answer = await fetch(`${server.url}/api/issues?q=`, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()) as IssueList;
  };
  const { issues } = await poll(
    `an issue with ${events} events in ${name}`,
    read,
    (list) => list.issues.length === 1 && list.issues[0]!.events >= events,
  );
  return issues[0]!;
}

test("killed again and again while events stream in, the server has every one of them exactly once", async () => {
  const project = openProject("killed-server");
  const app = await startApp(project.env);
  for (let number = 0; number < 150; number++) {
    const statuses = [await app.ask("ok", number), await app.ask("fail", number)];
    expect(statuses).toEqual([200, 500]);
    if (number % 50 === 15) await killServer();
    if (number % 50 === 40) await startServerAgain();
  }
  await app.settle();
  expect((await waitForIssue(project, 150)).events).toBe(150);
  expected.set(project.name, { paths: [...paths("ok", 0, 150), ...paths("fail", 0, 150)], errors: 150 });
});

test("awaited errors are durable before the app answers: killing both sides at once loses none", async () => {
  const project = openProject("await");
  const app = await startApp({ ...project.env, GATEWATCH_MODE: "await" });
  expect(await app.ask("fail", 1)).toBe(500);
  await Promise.all([app.kill(), killServer()]);
  await startServerAgain();
  expect((await waitForIssue(project, 1)).events).toBe(1);
});

test("what was on disk when the app was killed arrives after its restart", async () => {
  const project = openProject("killed-app");
  await killServer();
  const app = await startApp(project.env);
  for (let number = 0; number < 40; number++) await app.ask("ok", number);
  await app.ask("fail", 40);
  expect(await app.settle({ onDisk: true })).toBeGreaterThan(0);
  await app.kill();
  await startServerAgain();
  const successor = await startApp(project.env);
  await successor.settle();
  expect((await waitForIssue(project, 1)).events).toBe(1);
  expected.set(project.name, { paths: [...paths("ok", 0, 40), "/fail/40"], errors: 1 });
});

test("behind a proxy that refuses WebSockets the events come by HTTP", async () => {
  const project = openProject("proxy");
  const proxy = await startUpgradeRefuser(server.url);
  try {
    const app = await startApp({ ...project.env, GATEWATCH_URL: proxy.url });
    for (let number = 0; number < 30; number++) await app.ask("ok", number);
    await app.ask("fail", 30);
    await app.settle();
    expect((await waitForIssue(project, 1)).events).toBe(1);
    expect({ isRefused: proxy.refused() > 0, isPassed: proxy.passed() > 0 }).toEqual({
      isRefused: true,
      isPassed: true,
    });
  } finally {
    await proxy.close();
  }
  expected.set(project.name, { paths: [...paths("ok", 0, 30), "/fail/30"], errors: 1 });
});

test("ten thousand identical errors at once are one issue with the exact count, at the price of a few", async () => {
  const project = openProject("storm");
  const app = await startApp(project.env);
  expect(await app.ask("storm", 0)).toBe(200);
  await app.settle();
  expect((await waitForIssue(project, 10_000)).events).toBe(10_000);
  expected.set(project.name, { paths: ["/storm/0"], errors: 10_000 });
});

test("a client of the agent API needs nothing but its address and a token", async () => {
  const project = openProject("agent");
  const app = await startApp({
    GATEWATCH_URL: undefined,
    AI_AGENT_ENDPOINT: `${server.url}/api/v1/analyze-error`,
    AI_AGENT_API_KEY: project.token,
  });
  expect(await app.ask("fail", 1)).toBe(500);
  const issue = await waitForIssue(project, 1);
  expect(issue).toMatchObject({ events: 1, title: "RangeError: Item 1 is out of stock" });
  expect(issue.culprit).toMatch(/delivery-app\.ts:\d+/);
});

test("in the end the store holds what was sent, each once", async () => {
  await server.stop();
  for (const [project, { paths: sent, errors }] of expected) {
    const stored = await readStored(server.dataDir, project);
    expect({ project, paths: stored.paths.toSorted() }).toEqual({ project, paths: sent.toSorted() });
    expect(stored.errors.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(errors);
    expect(stored.errors.length).toBeLessThanOrEqual(Math.min(errors, 200));
  }
  expect([...expected.keys()]).toEqual(["killed-server", "killed-app", "proxy", "storm"]);
});
