import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { IssueList, LogEvent } from "@gatewatch/protocol";
import { makeBenignCorpus, makeSecretCorpus } from "../packages/protocol/src/redact/secret-corpus.ts";
import { startSlackStandIn, type SlackStandIn } from "../packages/server/src/alerts/channels/slack-stand-in.ts";
import { startLlmStandIn, type LlmStandIn } from "../packages/server/src/analyst/providers/llm-stand-in.ts";
import { createSecretFinder } from "./support/find-secrets.ts";
import { plantBesideErrors, plantInEvent, plantInReport, toBatches } from "./support/plant-raw.ts";
import { poll } from "./support/poll.ts";
import { readStored, type Stored } from "./support/read-stored.ts";
import { sendPlantedRequests } from "./support/send-planted-requests.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";
import { startProcess, type RunningProcess } from "./support/start-process.ts";

const GROUPS = 24;
const APP_SEED = 11;
/** A corpus for each way in, so that a leak tells the way it came. */
const fromApp = makeSecretCorpus(APP_SEED);
const fromRaw = makeSecretCorpus(12);
const fromAgent = makeSecretCorpus(13);
const benign = makeBenignCorpus();
const finder = createSecretFinder([...fromApp, ...fromRaw, ...fromAgent]);
/** The alerts' pace is one a second; so many are waited for. */
const ALERTS = 8;

let slack: SlackStandIn;
let llm: LlmStandIn;
let server: RunningServer;
let app: RunningProcess;
/** Where the app's planted sources lie; not in the data folder, which is searched. */
const sources = mkdtempSync(join(tmpdir(), "gatewatch-e2e-"));
const tokens: Record<string, string> = {};
let appErrors = 0;

const post = (path: string, project: string, body: unknown): Promise<Response> =>
  fetch(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${tokens[project]}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function get<Answer>(path: string, project: string): Promise<{ text: string; json: Answer }> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${tokens[project]}` } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return { text, json: JSON.parse(text) as Answer };
}

async function sendThroughApp(): Promise<void> {
  app = startProcess("e2e/support/planting-app.ts", [], {
    GATEWATCH_URL: server.url,
    GATEWATCH_TOKEN: tokens["app"],
    GATEWATCH_DELIVERY_SPOOL_FOLDER: join(server.dataDir, "spool"),
    PLANT_FOLDER: sources,
    PLANT_SEED: String(APP_SEED),
    PLANT_GROUPS: String(GROUPS),
  });
  const url = await app.waitForLine((line) => /^app listening on (\S+)/.exec(line)?.[1]);
  appErrors = await sendPlantedRequests(url, fromApp, GROUPS);
  await app.stop();
}

async function sendRaw(): Promise<void> {
  const events = [...fromRaw.map(plantInEvent), ...fromRaw.flatMap(plantBesideErrors)];
  const harmless = benign.map((message, number): LogEvent => ({
    type: "log",
    time: Date.now(),
    level: "info",
    message,
    attributes: { number },
  }));
  for (const [project, list] of [
    ["raw", events],
    ["benign", harmless],
  ] as const)
    for (const batch of toBatches(list)) {
      const answer = await post("/v1/events", project, batch);
      expect(await answer.json()).toMatchObject({ accepted: batch.events!.length, rejected: [] });
    }
}

async function sendReports(): Promise<string[]> {
  const answers: string[] = [];
  for (const [number, planted] of fromAgent.entries()) {
    const answer = await post("/api/v1/analyze-error", "agent", plantInReport(planted, number));
    expect(answer.status).toBe(200);
    answers.push(await answer.text());
  }
  return answers;
}

function findInFiles(when: string): string[] {
  const files = readdirSync(server.dataDir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.flatMap((file) => {
    const path = join(file.parentPath, file.name);
    return finder.find(`${when}: ${relative(server.dataDir, path)}`, readFileSync(path));
  });
}

function readJournal(): string {
  const folder = join(server.dataDir, "journal");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
}

/** Every issue with its newest event, its explanation, its grouping. */
async function findInAnswers(project: string): Promise<{ issues: number; leaks: string[] }> {
  const leaks: string[] = [];
  let issues = 0;
  for (let cursor: string | null = ""; cursor !== null;) {
    const { text, json }: { text: string; json: IssueList } = await get(`/api/issues?q=&limit=200${cursor}`, project);
    leaks.push(...finder.find("the list of issues", text));
    for (const { id } of json.issues)
      leaks.push(...finder.find(`issue ${id}`, (await get(`/api/issues/${id}`, project)).text));
    issues += json.issues.length;
    cursor = json.nextCursor === null ? null : `&cursor=${encodeURIComponent(json.nextCursor)}`;
  }
  for (const path of ["/api/overview", "/api/routes", "/api/series", "/api/deliveries", "/api/settings", "/api/health"])
    leaks.push(...finder.find(path, (await get(path, project)).text));
  return { issues, leaks };
}

beforeAll(async () => {
  [slack, llm] = await Promise.all([startSlackStandIn(), startLlmStandIn()]);
  server = await startGatewatch({
    env: {
      GATEWATCH_SLACK_WEBHOOK_URL: slack.url,
      GATEWATCH_ANALYST: "openai",
      GATEWATCH_ANALYST_URL: llm.openaiUrl,
      GATEWATCH_ANALYST_MODEL: "stand-in",
      GATEWATCH_ANALYST_KEY: "stand-in",
      GATEWATCH_ANALYST_CALLS_PER_DAY: "100000",
      GATEWATCH_ANALYST_USD_PER_DAY: "10000",
      GATEWATCH_LOG_LEVEL: "debug",
    },
  });
  for (const project of ["app", "raw", "agent", "benign"])
    tokens[project] = server.command<{ token: string }>(
      "token",
      "create",
      "--scope",
      "admin",
      "--project",
      project,
    ).token;
});
afterAll(async () => {
  await app?.stop();
  await server?.remove();
  await Promise.all([slack?.close(), llm?.close()]);
  rmSync(sources, { recursive: true, force: true });
});

test("of more than 900 secrets that come in by three ways none is on disk, in an answer, a prompt, an alert or a log", async ({
  annotate,
}) => {
  expect(Math.min(fromApp.length, fromRaw.length, fromAgent.length)).toBeGreaterThanOrEqual(300);
  // The finder itself must see what it is to look for.
  expect(finder.find("control", JSON.stringify(fromRaw)).length).toBeGreaterThanOrEqual(fromRaw.length);

  await sendRaw();
  const whileRunning = findInFiles("while running");
  // What is in the journal can be read there as it is, so that a secret could be too.
  expect(readJournal()).toContain("planted in a header");
  const answers = await sendReports();
  await sendThroughApp();
  expect(whileRunning).toEqual([]);
  expect(answers.flatMap((text) => finder.find("the agent API's answer", text))).toEqual([]);
  expect(finder.find("the app's own log", app.output())).toEqual([]);

  await poll(
    "the digest of everything",
    async () => (await get<{ journal: { lagBytes: number } }>("/api/health", "app")).json.journal.lagBytes,
    (lagBytes) => lagBytes === 0,
  );
  const inAnswers: Record<string, number> = {};
  for (const project of ["app", "raw", "agent"]) {
    const { issues, leaks } = await findInAnswers(project);
    expect(leaks).toEqual([]);
    inAnswers[project] = issues;
  }
  expect(inAnswers).toEqual({ app: expect.any(Number), raw: fromRaw.length, agent: fromAgent.length });

  await Promise.all([slack.waitForMessages(ALERTS), llm.waitForRequests(fromRaw.length)]);
  expect(llm.requests.flatMap(({ body }) => finder.find("a prompt", JSON.stringify(body)))).toEqual([]);
  expect(slack.messages.flatMap((message) => finder.find("an alert", JSON.stringify(message)))).toEqual([]);

  await server.stop();
  expect(findInFiles("after the end")).toEqual([]);
  expect(finder.find("the server's log", server.process.output())).toEqual([]);
  const stored = new Map<string, Stored>();
  for (const project of ["app", "raw", "agent", "benign"])
    stored.set(project, await readStored(server.dataDir, project));
  for (const [project, { texts }] of stored)
    expect(texts.flatMap((text) => finder.find(`a chunk of ${project}`, text))).toEqual([]);

  // All of it did arrive, with what stood around the secrets.
  expect([...stored.values()].map(({ errors }) => errors.length)).toEqual([
    appErrors,
    fromRaw.length,
    fromAgent.length,
    0,
  ]);
  const { errors } = stored.get("app")!;
  const count = (place: string) => fromApp.filter((planted) => planted.place === place).length;
  const members = errors.flatMap(({ exceptions }) => exceptions.slice(1));
  expect(members.length).toBe(count("message") + count("source"));
  const contexts = members.flatMap(({ frames }) => frames[0]?.context?.pre[1] ?? []);
  expect(contexts.filter((line) => line === "*/").length).toBe(count("source"));
  const crumbs = errors.flatMap(({ breadcrumbs = [] }) => breadcrumbs.filter(({ category }) => category === "custom"));
  expect(crumbs.length).toBe(count("breadcrumb"));
  const bodies = errors.flatMap(({ request }) => (Array.isArray(request?.body) ? request.body : [request?.body]));
  expect(bodies.filter((body) => body !== undefined).length).toBe(count("body"));

  const kept = new Map(stored.get("benign")!.logs.map(({ message, attributes }) => [attributes?.["number"], message]));
  const changed = benign.filter((text, number) => kept.get(number) !== text).length;
  const figure = `false redaction: ${changed} of ${benign.length} benign texts (${((changed / benign.length) * 100).toFixed(2)} %)`;
  await annotate(figure);
  process.stdout.write(`${figure}\n`);
  expect(changed / benign.length).toBeLessThanOrEqual(0.01);
});
