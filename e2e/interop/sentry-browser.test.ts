import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type EventList,
  type HealthAnswer,
  type IssueList,
  type StackFrame,
  type StoredErrorEvent,
  UNMAPPED_REASONS,
} from "@gatewatch/protocol";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { installFromNpm } from "../support/install-from-npm.ts";
import { findChromium, openBrowser } from "../support/open-browser.ts";
import { poll } from "../support/poll.ts";
import { installSentryCli, runSentryCli, type UploadTarget } from "../support/sentry-cli.ts";
import { servePage, type ServedPage } from "../support/serve-page.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { ROOT } from "../support/start-process.ts";

const APP = resolve(ROOT, "e2e/interop/apps/browser-shop");
const RELEASE = "shop@1.4.2";
const VISITS = 2;
const CLIENTS = ["9.47.2", "10.78.0", "11.12.0"].map((version) => ({
  version,
  ...installFromNpm(`sentry-browser-${version}`, [`@sentry/browser@${version}`, "esbuild@0.28.2"]),
}));
const CLI = installSentryCli("3.8.0");
const CHROMIUM = findChromium();

let server: RunningServer;
let target: UploadTarget;
let dsn: string;
let token: string;
let folder: string;
let browser: Browser;
let page: ServedPage | undefined;

beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await openBrowser(CHROMIUM);
});
afterAll(() => browser?.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-page-"));
  server = await startGatewatch({ env: { GATEWATCH_SECRET: "interop-secret" } });
  const create = (...scope: string[]) => server.command<{ token: string; dsn: string }>("token", "create", ...scope);
  target = { url: server.url, token: create("--scope", "ingest").token };
  token = create("--scope", "read").token;
  dsn = create("--dsn").dsn;
});
afterEach(async () => {
  await page?.close();
  page = undefined;
  rmSync(folder, { recursive: true, force: true });
  await server.remove();
});

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

/** Minifies a script of the shop; `client` is where the published package lies. */
function build(client: string, entry: string, outfile: string, more: object = {}): void {
  const { buildSync } = createRequire(`${client}/`)("esbuild") as { buildSync(options: object): void };
  buildSync({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "iife",
    nodePaths: [join(client, "node_modules")],
    outfile: join(folder, "assets", outfile),
    ...more,
  });
}

/** Serves the built scripts from an origin of their own and clicks, in each of the visits; what the client has said. */
async function visitPage(scripts: readonly string[]): Promise<string[]> {
  const options = {
    dsn,
    debug: true,
    release: RELEASE,
    environment: "production",
    initialScope: { tags: { cart: "7" }, extra: { password: "planted-secret-in-extra" }, user: { id: "u-7" } },
  };
  const tags = scripts.map((name) => `<script src="/assets/${name}"></script>`).join("");
  page = await servePage({
    "/": `<!doctype html><title>shop</title><link rel="icon" href="data:,"><button id="pay">pay</button><script>shopOptions=${JSON.stringify(options)}</script>${tags}`,
    ...Object.fromEntries(scripts.map((name) => [`/assets/${name}`, readFileSync(join(folder, "assets", name))])),
  });
  const said: string[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const tab = await browser.newPage();
    tab.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    await tab.goto(`${page.url}/?token=planted-secret-in-a-query`);
    const answered = tab.waitForResponse(
      (response) => response.request().postData()?.includes('"type":"event"') === true,
    );
    await tab.click("#pay");
    expect((await answered).status()).toBe(200);
    // What it has lost, it tells when the page is left.
    await tab.goto("about:blank");
    await tab.close();
  }
  return said;
}

async function readFrames(): Promise<StackFrame[]> {
  const health = await poll(
    "the end of the digest",
    () => get<HealthAnswer>("/api/health"),
    ({ intake, digest }) => intake.acceptedEvents >= VISITS && digest.events >= intake.acceptedEvents,
  );
  expect([health.intake.rejectedEvents, health.drops]).toEqual([0, []]);
  const { issues } = await get<IssueList>("/api/issues");
  expect(issues.map(({ title, events, lastRelease }) => [title, events, lastRelease])).toEqual([
    ["RangeError: an empty cart has no total", VISITS, RELEASE],
  ]);
  const { events } = await get<EventList>(`/api/issues/${issues[0]!.id}/events`);
  const { event } = await get<StoredErrorEvent>(`/api/events/${events[0]!.id}`);
  expect(event).toMatchObject({
    handled: false,
    user: { id: "u-7" },
    attributes: { cart: "7" },
    request: { url: expect.stringContaining("token=[REDACTED]") },
    custom: { extra: { password: "[REDACTED]" } },
  });
  expect(JSON.stringify(event)).not.toContain("planted-secret");
  return event.exceptions[0]!.frames;
}

/** Signs in and reads the issue as people see it, at its mapped frame. */
async function readScreen(): Promise<void> {
  const tab = await browser.newPage();
  await tab.goto(server.signInLink!);
  await tab.locator("summary").click();
  await tab.getByLabel("E-mail").fill("ada@shop.example");
  await tab.getByLabel("Password").fill("correct horse battery staple");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.waitForURL(`${server.url}/`);
  await tab.getByRole("link", { name: "Issues" }).first().click();
  await tab.getByRole("link", { name: "RangeError: an empty cart has no total" }).click();
  await tab
    .getByRole("region", { name: /Source of .*cart\.js/ })
    .getByText("an empty cart has no total")
    .waitFor();
  await tab
    .getByText(/^built as .*\/assets\/app\.js:/)
    .first()
    .waitFor();
  await tab.getByText(UNMAPPED_REASONS.no_map).first().waitFor();
  await tab.close();
}

const MAPPED = [
  {
    file: expect.stringMatching(/browser-shop\/cart\.js$/),
    function: "totalOfCart",
    line: 4,
    context: {
      pre: expect.arrayContaining([`  const settings = { password: "[REDACTED]" };`]),
      line: `  if (items.length === 0) throw new RangeError("an empty cart has no total");`,
    },
    generated: expect.stringMatching(/\/assets\/app\.js:\d+:\d+$/),
  },
  { file: expect.stringMatching(/browser-shop\/shop\.js$/), function: "checkOut", line: 5 },
];
const complaintsIn = (said: readonly string[]): string[] => said.filter((line) => /^(?:warning|error):/.test(line));

for (const { version, folder: client, reason } of CLIENTS) {
  const why = reason ?? CLI.reason ?? (CHROMIUM === undefined ? "Chromium is missing" : undefined);
  const missing = why === undefined ? "" : ` (${why})`;

  test.skipIf(why !== undefined)(
    `a page with @sentry/browser ${version} in its bundle has its errors where the sources have them${missing}`,
    async () => {
      build(client!, join(APP, "page-bundled.js"), "app.js");
      runSentryCli(CLI.program!, target, ["sourcemaps", "inject", folder], folder);
      runSentryCli(CLI.program!, target, ["sourcemaps", "upload", "--wait", folder], folder);
      const said = await visitPage(["app.js"]);
      expect(complaintsIn(said)).toEqual([]);
      const frames = await readFrames();
      expect(frames).toMatchObject([
        ...MAPPED,
        { file: expect.stringMatching(/page-bundled\.js$/), line: 5 },
        ...frames.slice(3),
      ]);
      expect(frames[0]!.debugId).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  // The published package holds no bundle for script elements, so one is built of it.
  test.skipIf(why !== undefined)(
    `a page with @sentry/browser ${version} in a script of its own has its errors mapped by release and path${missing}`,
    async () => {
      build(client!, "@sentry/browser", "sentry.js", { globalName: "Sentry", sourcemap: false });
      build(client!, join(APP, "page-plain.js"), "app.js");
      const args = ["sourcemaps", "upload", "--release", RELEASE, "--wait", folder];
      runSentryCli(CLI.program!, target, args, folder);
      const said = await visitPage(["sentry.js", "app.js"]);
      expect(complaintsIn(said)).toEqual([]);
      const frames = await readFrames();
      expect(frames.slice(0, 2)).toMatchObject(MAPPED);
      // The client's own frame: it was uploaded as a script without a map.
      expect(frames.find(({ file }) => file.endsWith("/assets/sentry.js"))).toMatchObject({ unmapped: "no_map" });
      if (version === CLIENTS.at(-1)!.version) await readScreen();
    },
  );
}
