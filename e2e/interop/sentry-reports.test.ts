import { join, resolve } from "node:path";
import type { FeedbackList, HealthAnswer, IssueDetail, IssueList, MonitorList, ReleaseList } from "@gatewatch/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installFromNpm } from "../support/install-from-npm.ts";
import { installFromPypi } from "../support/install-from-pypi.ts";
import { poll } from "../support/poll.ts";
import { readStored } from "../support/read-stored.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { ROOT, startCommand, startProcess, type RunningProcess } from "../support/start-process.ts";

const SERVERS = ["django==5.2.19", "flask==3.1.3", "gunicorn==27.0.1", "celery==5.7.0"];
const ASYNC = ["fastapi==0.165.0", "uvicorn==0.54.0"];
const PYTHON = [
  { version: "1.45.1", packages: [] },
  { version: "2.75.0", packages: ["Brotli==1.2.1"] },
].map(({ version, packages }) => ({
  name: `sentry-sdk ${version}`,
  ...installFromPypi(`sentry-${version}`, [`sentry-sdk==${version}`, ...SERVERS, ...ASYNC, ...packages]),
}));
const NODE = ["9.47.2", "10.78.0", "11.11.0"].map((version) => ({
  name: `@sentry/node ${version}`,
  ...installFromNpm(`sentry-node-${version}`, [`@sentry/node@${version}`]),
}));

/** What the apps report. The client for Node sends nothing but events without a DSN. */
const APP_ERRORS = new Set(["KeyError: 'tax'", "TypeError: no price"]);

/** Starts the app of a client with these options; undefined with the reason that it cannot be had. */
interface Client {
  name: string;
  reason?: string | undefined;
  start: ((options: object) => RunningProcess) | undefined;
  /** The name and the schedule of its job. */
  job: readonly [slug: string, kind: string, value: string];
}

const CLIENTS: readonly Client[] = [
  ...PYTHON.map(({ name, bin, reason }): Client => ({
    name,
    reason,
    job: ["nightly", "crontab", "30 3 * * *"],
    start:
      bin === undefined
        ? undefined
        : (options) =>
            startCommand(join(bin, "python"), [resolve(ROOT, "e2e/interop/apps/sentry_reports_app.py")], {
              SENTRY_OPTIONS: JSON.stringify(options),
              PYTHONPATH: resolve(ROOT, "e2e/interop/apps"),
            }),
  })),
  ...NODE.map(({ name, folder, reason }): Client => ({
    name,
    reason,
    job: ["hourly", "interval", "10"],
    start:
      folder === undefined
        ? undefined
        : (options) =>
            startProcess("e2e/interop/apps/sentry_reports_app.cjs", [], {
              SENTRY_CLIENT: folder,
              SENTRY_OPTIONS: JSON.stringify(options),
              NODE_ENV: "development",
            }),
  })),
];

let server: RunningServer;
let dsn: string;
let token: string;

beforeEach(async () => {
  server = await startGatewatch({ env: { GATEWATCH_SECRET: "interop-secret" } });
  dsn = server.command<{ dsn: string }>("token", "create", "--dsn").dsn;
  token = server.command<{ token: string }>("token", "create", "--scope", "read").token;
});
afterEach(() => server.remove());

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

/** Runs the app to its end; it complains of nothing. */
async function runApp(app: RunningProcess): Promise<void> {
  expect((await app.exited).code).toBe(0);
  const complaints = app
    .output()
    .split("\n")
    .filter((line) => /\[(?:warn|error)\]|\[sentry\] (?:WARNING|ERROR)/i.test(line));
  expect(complaints).toEqual([]);
  expect(app.output()).toContain("flushed");
}

async function expectNothingLost(): Promise<void> {
  const health = await poll(
    "the end of the digest",
    () => get<HealthAnswer>("/api/health"),
    ({ intake, digest }) => intake.acceptedEvents > 5 && digest.events >= intake.acceptedEvents,
  );
  expect(health.intake.rejectedEvents).toBe(0);
  // What the client itself reports as lost stands among them.
  expect(health.drops).toEqual([]);
}

for (const { name, reason, start, job } of CLIENTS) {
  const missing = reason === undefined ? "" : ` (${reason})`;
  test.skipIf(start === undefined)(
    `${name} has its jobs, sessions, feedback and attachments kept${missing}`,
    async () => {
      await runApp(start!({ dsn }));
      const { monitors } = await poll(
        "the jobs",
        () => get<MonitorList>("/api/monitors"),
        (answer) => answer.monitors.filter(({ state }) => state !== "running").length === 2,
      );
      const [slug, kind, value] = job;
      expect(monitors).toMatchObject(
        [
          { slug: "broken", environment: "production", state: "failed", down: true, failures: 1 },
          { slug, state: "ok", down: false, schedule: { kind, value }, marginMin: 5, maxRuntimeMin: 10 },
        ].toSorted((one, other) => one.slug.localeCompare(other.slug)),
      );
      for (const { expectedAt, lastCheckInAt } of monitors) expect(expectedAt).toBeGreaterThan(lastCheckInAt);

      const { feedback } = await poll(
        "the feedback",
        () => get<FeedbackList>("/api/feedback"),
        (answer) => answer.feedback[0]?.issueId != null,
      );
      expect(feedback).toMatchObject([{ message: "token=[REDACTED] <b>", name: "Ada" }]);
      const { issues } = await get<IssueList>("/api/issues");
      const titles = issues.map(({ title }) => title);
      expect(titles).toContain("MonitorFailure: broken in production failed");
      const error = issues.find(({ id }) => id === feedback[0]!.issueId)!;
      expect((await get<FeedbackList>(`/api/issues/${error.id}/feedback`)).feedback).toEqual(feedback);

      const { latestEvent } = await get<IssueDetail>(`/api/issues/${error.id}`);
      expect(latestEvent!.event.id).toBe(feedback[0]!.errorId);
      expect(latestEvent!.event.custom).toMatchObject({ attachments: [{ file: "job.log" }] });
      const file = await fetch(`${server.url}/api/events/${latestEvent!.id}/attachment?index=0`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([await file.text(), file.headers.get("content-disposition")]).toEqual([
        "adding up\npassword=[REDACTED]\n",
        "attachment; filename*=UTF-8''job.log",
      ]);

      const { releases } = await poll(
        "the session",
        () => get<ReleaseList>("/api/releases"),
        (answer) => answer.releases.length > 0,
      );
      expect(releases).toMatchObject([
        { release: "shop@1.4.2", environment: "production", sessions: 1, errored: 1, crashed: 0, crashFreeSessions: 1 },
      ]);
      await expectNothingLost();
      await server.stop();
      const stored = await readStored(server.dataDir, "default");
      expect(stored.texts.filter((line) => line.includes("planted-secret"))).toEqual([]);
    },
  );

  test.skipIf(start === undefined)(`${name} sends to Spotlight's address without a DSN${missing}`, async () => {
    const viewer = await fetch(`${server.url}/stream`);
    const app = start!({ spotlight: `${server.url}/stream` });
    expect((await app.exited).code).toBe(0);
    await poll(
      "the error",
      () => get<IssueList>("/api/issues"),
      (answer) => answer.issues.some(({ title }) => APP_ERRORS.has(title)),
    );
    const reader = viewer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let shown = "";
    while (!shown.includes("\n\n")) shown += (await reader.read()).value ?? "";
    await reader.cancel();
    expect(shown).toMatch(/^id:1\nevent:application\/x-sentry-envelope\ndata:\{/);
    expect(shown).not.toContain("planted-secret");
  });
}
