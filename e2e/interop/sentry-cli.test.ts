import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runInNewContext } from "node:vm";
import type { ArtifactList, ErrorEvent, HealthAnswer, StackFrame, StoredErrorEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installFromNpm } from "../support/install-from-npm.ts";
import { poll } from "../support/poll.ts";
import { installSentryCli, runSentryCli, uploadEnvironment, type UploadTarget } from "../support/sentry-cli.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { ROOT } from "../support/start-process.ts";

const APPS = resolve(ROOT, "e2e/interop/apps");
const ESBUILD = "esbuild@0.28.2";
const builder = installFromNpm("esbuild", [ESBUILD]);
const COMMANDS = ["2.58.6", "3.8.0"].map(installSentryCli);
const PLUGINS = [
  { name: "@sentry/esbuild-plugin", version: "5.4.0", entry: "@sentry/esbuild-plugin" },
  // It brings the newer command line, which is written in JavaScript.
  { name: "@sentry/bundler-plugins", version: "11.11.0", entry: "@sentry/bundler-plugins/esbuild" },
].map((plugin) => ({
  ...plugin,
  ...installFromNpm(`${plugin.name.slice(1).replace("/", "-")}-${plugin.version}`, [
    `${plugin.name}@${plugin.version}`,
    ESBUILD,
  ]),
}));
const RELEASE = "shop@1.4.2";
const SCRIPT_URL = "https://shop.example/app.js";

let server: RunningServer;
let target: UploadTarget;
let dsn: URL;
let readToken: string;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-build-"));
  server = await startGatewatch();
  const create = (...scope: string[]) => server.command<{ token: string; dsn: string }>("token", "create", ...scope);
  target = { url: server.url, token: create("--scope", "ingest").token };
  readToken = create("--scope", "read").token;
  dsn = new URL(create("--dsn").dsn);
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.remove();
});

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${readToken}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

/** The shop as one minified script with its map beside it. */
function buildShop(): void {
  const { buildSync } = createRequire(`${builder.folder!}/`)("esbuild") as { buildSync(options: object): void };
  buildSync({
    entryPoints: [join(APPS, "browser-shop/job.js")],
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "iife",
    outfile: join(folder, "app.js"),
  });
}

/** Runs the built script, and gives its failure as a browser's client would: frames of the script, oldest first. */
function failOfScript(): { type: string; value: string; frames: object[]; debugId: string | undefined } {
  const code = readFileSync(join(folder, "app.js"), "utf8");
  const page: { runShop?: () => void; console: Console } = { console };
  runInNewContext(code, page, { filename: SCRIPT_URL });
  const error = (() => {
    try {
      page.runShop!();
    } catch (thrown) {
      return thrown as Error;
    }
    return expect.fail("the shop did not fail");
  })();
  const frames = [...error.stack!.matchAll(/at (?:(\S+) \()?https:\/\/shop\.example\/app\.js:(\d+):(\d+)/g)]
    .map(([, name, line, column]) => ({
      filename: SCRIPT_URL,
      function: name ?? "?",
      lineno: Number(line),
      colno: Number(column),
      in_app: true,
    }))
    .toReversed();
  return {
    type: error.name,
    value: error.message,
    frames,
    debugId: /(?:sentry-dbid-|debugId=)([0-9a-f-]{36})/.exec(code)?.[1],
  };
}

/** Sends the failure of the built script; the event as the API shows it. */
async function sendAndRead(about: { release?: string }, withDebugId: boolean): Promise<ErrorEvent> {
  const { debugId, frames, type, value } = failOfScript();
  const event = {
    platform: "javascript",
    ...about,
    exception: { values: [{ type, value, stacktrace: { frames } }] },
    ...(withDebugId
      ? { debug_meta: { images: [{ type: "sourcemap", code_file: SCRIPT_URL, debug_id: debugId }] } }
      : {}),
  };
  if (withDebugId && debugId === undefined) throw new Error("the built script has no debug id");
  const id = randomUUID().replaceAll("-", "");
  const before = (await get<HealthAnswer>("/api/health")).digest.events;
  const answer = await fetch(`${server.url}/api${dsn.pathname}/envelope/?sentry_key=${dsn.username}`, {
    method: "POST",
    body: `${JSON.stringify({ event_id: id })}\n{"type":"event"}\n${JSON.stringify(event)}`,
  });
  expect(answer.status).toBe(200);
  await poll(
    "the end of the digest",
    () => get<HealthAnswer>("/api/health"),
    ({ digest }) => digest.events > before,
  );
  return (await get<StoredErrorEvent>(`/api/events/${id}`)).event;
}

/** What a frame is after its source map was applied. */
const MAPPED: object[] = [
  {
    file: expect.stringMatching(/browser-shop\/cart\.js$/),
    function: "totalOfCart",
    line: 4,
    context: {
      pre: expect.arrayContaining([`  const settings = { password: "[REDACTED]" };`]),
      line: `  if (items.length === 0) throw new RangeError("an empty cart has no total");`,
      post: expect.arrayContaining(["}"]),
    },
    generated: expect.stringMatching(/^https:\/\/shop\.example\/app\.js:\d+:\d+$/),
  },
  { file: expect.stringMatching(/browser-shop\/shop\.js$/), function: "checkOut", line: 5 },
  { file: expect.stringMatching(/browser-shop\/job\.js$/), line: 3 },
];
const framesOf = (event: ErrorEvent): StackFrame[] => event.exceptions[0]!.frames;

for (const { version, program, reason } of COMMANDS) {
  const missing = reason === undefined ? "" : ` (${reason})`;
  const lacks = program === undefined || builder.folder === undefined;
  test.skipIf(lacks)(
    `sentry-cli ${version} gives a built script its debug id, uploads it, and its frames are mapped${missing}`,
    async () => {
      buildShop();
      runSentryCli(program!, target, ["sourcemaps", "inject", folder], folder);
      expect(framesOf(await sendAndRead({}, true)).map(({ unmapped }) => unmapped)).toEqual(
        Array.from({ length: 3 }, () => "unknown_debug_id"),
      );
      for (let time = 0; time < 2; time++) {
        const output = runSentryCli(program!, target, ["sourcemaps", "upload", "--wait", folder], folder);
        expect(output).toContain("File processing complete");
        expect(output).not.toMatch(/\b(?:WARN|ERROR|warning|error)\b/);
      }
      const { artifacts } = await get<ArtifactList>("/api/artifacts?release=");
      expect(artifacts.map(({ kind, path, release }) => [kind, path, release]).toSorted()).toEqual([
        ["map", "~/app.js.map", null],
        ["script", "~/app.js", null],
      ]);
      expect(framesOf(await sendAndRead({}, true))).toMatchObject(MAPPED);
      expect(JSON.stringify(await get("/api/issues"))).not.toContain("planted-secret");
    },
  );

  test.skipIf(lacks)(
    `sentry-cli ${version} makes a release of a script without debug ids, whose frames are mapped by their path${missing}`,
    async () => {
      buildShop();
      const run = (...args: string[]): string => runSentryCli(program!, target, args, folder);
      expect(run("info")).toContain("project:releases");
      run("releases", "new", RELEASE);
      run("sourcemaps", "upload", "--release", RELEASE, "--dist", "web", "--wait", folder);
      run("releases", "finalize", RELEASE);
      expect((await get<ArtifactList>(`/api/artifacts?release=${RELEASE}`)).artifacts).toMatchObject([
        { dist: "web" },
        { dist: "web" },
      ]);
      expect(framesOf(await sendAndRead({ release: RELEASE }, false))).toMatchObject(MAPPED);
      expect(framesOf(await sendAndRead({ release: "shop@0.9" }, false)).map(({ unmapped }) => unmapped)).toContain(
        "unknown_path",
      );
      expect(() =>
        runSentryCli(
          program!,
          target,
          ["sourcemaps", "upload", "--project", "other", "--release", RELEASE, folder],
          folder,
        ),
      ).toThrow(/belongs to the project default/);
      const wrong = { ...target, token: `${target.token.slice(0, -1)}!` };
      expect(() =>
        runSentryCli(program!, wrong, ["sourcemaps", "upload", "--release", RELEASE, folder], folder),
      ).toThrow(/token/i);
    },
  );
}

for (const { name, version, entry, folder: installed, reason } of PLUGINS) {
  const missing = reason === undefined ? "" : ` (${reason})`;
  test.skipIf(installed === undefined)(
    `${name} ${version} uploads what it builds, and its frames are mapped${missing}`,
    async () => {
      const options = {
        org: "any",
        project: "default",
        authToken: target.token,
        url: target.url,
        telemetry: false,
        release: { name: RELEASE, setCommits: false },
        sourcemaps: { assets: [join(folder, "*")] },
      };
      const result = spawnSync(
        process.execPath,
        [join(APPS, "build_shop.cjs"), installed!, entry, folder, JSON.stringify(options)],
        { cwd: folder, encoding: "utf8", env: uploadEnvironment(target), timeout: 120_000 },
      );
      const output = `${result.stdout}${result.stderr}`;
      expect(output).toContain("Successfully uploaded source maps");
      expect(output).not.toMatch(/\[sentry[^\]]*\] (?:Warning|Error)/i);
      expect(framesOf(await sendAndRead({}, true))).toMatchObject(MAPPED);
    },
  );
}
