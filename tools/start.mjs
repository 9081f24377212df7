// The main job on a fresh clone: builds, starts the server and, unless --no-demo, the example shop with a bounded stream of
// real HTTP traffic against it; prints every request as the server sees it. Ctrl-C stops everything in order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join, resolve } from "node:path";
import { styleText } from "node:util";
import { runTraffic } from "../examples/express/src/traffic.ts";
import { escapeTerminal } from "../packages/server/src/cli/escape-terminal.ts";
import { formatIssue, formatRequest } from "../packages/server/src/cli/format-live.ts";
import { callSocket, controlSocketPath } from "../packages/server/src/cli/open-control.ts";
import { parseCommandLine } from "../packages/server/src/cli/parse-command-line.ts";
import { readLive } from "../packages/server/src/cli/read-live.ts";
import { findDataDir } from "../packages/server/src/settings/find-data-dir.ts";
import { buildAll } from "./build.mjs";

const root = resolve(import.meta.dirname, "..");
const VISITS = 600;
const PAUSE_MS = 600;
const STOP_MS = 15_000;

const say = (line) => process.stdout.write(`${line}\n`);
const bold = (text) => styleText("bold", text);
const cli = [join(root, "packages/server/src/cli/main.ts")];

const USAGE = `npm start [-- options]: the server, an example shop and visitors

  --no-demo        the server alone
  --port PORT      port of the server (default 4400, or GATEWATCH_PORT)
  --data FOLDER    data folder (default .gatewatch, or GATEWATCH_DATA)
  --host ADDRESS   address to listen on (default 127.0.0.1, or GATEWATCH_HOST)`;

function readOptions() {
  const command = {
    name: "start",
    summary: "",
    options: [
      { name: "demo", help: "" },
      { name: "port", value: "PORT", help: "" },
      { name: "host", value: "ADDRESS", help: "" },
    ],
  };
  try {
    return parseCommandLine(["start", ...process.argv.slice(2)], [command]).values;
  } catch (error) {
    process.stderr.write(`gatewatch: ${error.message.replaceAll("gatewatch start --help", "npm start -- --help")}\n`);
    process.exit(2);
  }
}

const values = readOptions();
if (values.help) {
  say(USAGE);
  process.exit(0);
}
const dataDir = findDataDir(values.data);
const startedAt = Date.now();
const children = [];
const stopping = new AbortController();

/** Children live in process groups of their own, so that Ctrl-C reaches this process alone and the order of stopping is ours. */
function startChild(args, env = {}) {
  const child = spawn(process.execPath, ["--conditions=source", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child.exited = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
  children.push(child);
  return child;
}

async function stopChild(child, name) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => {
    say(`✗ ${name} did not stop in ${STOP_MS / 1000} s; killing it`);
    child.kill("SIGKILL");
  }, STOP_MS);
  await child.exited;
  clearTimeout(timer);
}

let server;
let shop;
let stopped;
let isReady = false;
let token;
function stop(code) {
  stopped ??= (async () => {
    stopping.abort();
    if (shop) await stopChild(shop, "the shop");
    // A server that is gone already can be asked nothing.
    await revokeToken().catch(() => undefined);
    if (server) await stopChild(server, "the server");
    if (isReady) say("✓ stopped; everything received is on disk");
    process.exit(code);
  })();
  return stopped;
}
let lastSignalAt = 0;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    // npm passes on the signal that the terminal has sent already: the same one again within a moment is no second wish.
    const again = stopping.signal.aborted && Date.now() - lastSignalAt > 1000;
    lastSignalAt = Date.now();
    if (again) {
      for (const child of children) child.kill("SIGKILL");
      process.exit(1);
    }
    if (!stopping.signal.aborted) say("\n· stopping …");
    void stop(0);
  });
}

function startServer() {
  const args = [...cli, "start", "--json", "--sign-in-link", "--data", dataDir];
  if (values.port) args.push("--port", values.port);
  if (values.host) args.push("--host", values.host);
  server = startChild(args, { GATEWATCH_LOG_LEVEL: process.env.GATEWATCH_LOG_LEVEL ?? "warn" });
  server.stderr.pipe(process.stderr);
  const lines = createInterface({ input: server.stdout });
  return new Promise((done) => {
    lines.on("line", (line) => {
      const message = line.startsWith("{") ? JSON.parse(line) : {};
      if (message.url) done(message);
      else if (!message.error) say(line);
    });
    void server.exited.then(({ code }) => {
      if (stopping.signal.aborted) return;
      if (code !== 0 && code !== 2) say(`✗ the server ended (code ${code})`);
      void stop(code === 2 ? 2 : 1);
    });
  });
}

/** The shop's token serves one run. */
async function revokeToken() {
  if (!token) return;
  const { stream } = await callSocket(
    controlSocketPath(dataDir),
    "DELETE",
    `/api/tokens/${token.id}?project=${token.projectId}`,
  );
  stream.resume();
  await once(stream, "end");
}

async function makeToken() {
  const socket = controlSocketPath(dataDir);
  const { stream } = await callSocket(socket, "POST", "/api/tokens", {
    scope: "ingest",
    name: "example shop, one run",
  });
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  token = JSON.parse(text);
  if (!token.token) throw new Error(`no token for the shop: ${text}`);
  return token.token;
}

function startShop(url, token) {
  shop = startChild([join(root, "examples/express/src/main.ts")], {
    GATEWATCH_URL: url,
    GATEWATCH_TOKEN: token,
    GATEWATCH_SERVICE: "desk-shop",
    GATEWATCH_RELEASE: "1.0.0",
    GATEWATCH_ENVIRONMENT: "demo",
    PORT: "0",
  });
  shop.stderr.pipe(process.stderr);
  const lines = createInterface({ input: shop.stdout });
  return new Promise((done, fail) => {
    lines.on("line", (line) => {
      const address = /^shop listening on (\S+)/.exec(line)?.[1];
      if (address) done(address);
    });
    void shop.exited.then(({ code }) => {
      fail(new Error(`the shop ended (code ${code})`));
      if (!stopping.signal.aborted) say(`✗ the example shop ended (code ${code}); the server goes on`);
    });
  });
}

async function printFirstError(socket, issue) {
  const { status, stream } = await callSocket(socket, "GET", `/api/issues/${issue.id}?project=${issue.projectId}`);
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  if (status !== 200) return;
  const detail = JSON.parse(text);
  const exception = detail.latestEvent?.event.exceptions[0];
  const frame = exception?.frames.find((candidate) => candidate.inApp);
  if (frame)
    say(
      `    at ${escapeTerminal(frame.function ?? "<anonymous>")} (${escapeTerminal(frame.file)}:${frame.line})${frame.context ? `   ${styleText("yellow", escapeTerminal(frame.context.line.trim()))}` : ""}`,
    );
  if (detail.analysis) say(`    ${escapeTerminal(detail.analysis.summary)}`);
}

async function followLive(url) {
  const socket = controlSocketPath(dataDir);
  const { stream } = await callSocket(socket, "GET", "/api/live");
  stopping.signal.addEventListener("abort", () => stream.destroy());
  const told = new Set();
  // The server begins with the newest rows of earlier runs. Once a row of this run has come, all are shown: another app's clock may lag.
  let isThisRun = false;
  const isNew = (row) => (isThisRun ||= row.time >= startedAt);
  try {
    for await (const message of readLive(stream)) {
      if (message.type === "requests") {
        for (const row of message.rows.filter(isNew)) say(formatRequest(row));
        if (message.skipped > 0) say(`… ${message.skipped} more`);
      } else if (
        message.type === "issue" &&
        (message.outcome === "new" || message.outcome === "regressed") &&
        !told.has(message.issue.id)
      ) {
        told.add(message.issue.id);
        say(`${formatIssue(message.issue, message.outcome)}\n    ${url}/issues/${message.issue.id}`);
        await printFirstError(socket, message.issue);
      }
    }
  } catch (error) {
    if (!stopping.signal.aborted) say(`✗ the live view ended: ${error.message}`);
  }
}

async function main() {
  if (!(await buildAll(say))) process.exit(1);
  say("· starting the server …");
  const { url, signInLink } = await startServer();
  isReady = true;
  say(`✓ server      ${bold(url)}   (data in ${dataDir})`);
  if (signInLink) say(`✓ sign in     open ${bold(signInLink)}   (works once)`);
  if (values.demo === false) {
    say("  Ctrl-C stops it. The line for your own app is in README.md.");
    return;
  }
  const shopUrl = await startShop(url, await makeToken());
  say(`✓ shop        ${shopUrl}   (examples/express)`);
  say(
    `· ${VISITS} visits begin; some run into six planted bugs: four errors, a slow report, a scanner's 404s. Ctrl-C stops everything.\n`,
  );
  const live = followLive(url);
  const requests = await runTraffic({ baseUrl: shopUrl, visits: VISITS, pauseMs: PAUSE_MS, signal: stopping.signal });
  if (!stopping.signal.aborted)
    say(`\n✓ the visitors have left after ${requests} requests; server and shop go on. Ctrl-C stops them.`);
  await live;
}

main().catch((error) => {
  if (stopping.signal.aborted) return;
  say(`✗ ${error.message}`);
  void stop(1);
});
