// Builds what runs in a browser or is installed by others: the dashboard and the npm package `gatewatch`.
// The server runs from its sources. A build whose inputs have not changed is skipped.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

const TARGETS = [
  {
    name: "middleware",
    inputs: [
      "packages/gatewatch/src",
      "packages/gatewatch/build.mjs",
      "packages/gatewatch/load-on-demand.mjs",
      "packages/gatewatch/package.json",
      "packages/protocol/src",
    ],
    output: "packages/gatewatch/dist",
    command: [process.execPath, "packages/gatewatch/build.mjs"],
  },
  {
    name: "dashboard",
    inputs: [
      "packages/dashboard/src",
      "packages/dashboard/public",
      "packages/dashboard/index.html",
      "packages/dashboard/vite.config.ts",
      "packages/protocol/src",
    ],
    output: "packages/dashboard/dist",
    command: ["npm", "run", "build", "--silent", "-w", "@gatewatch/dashboard"],
  },
];

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name));
}

function digestOf(inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const file of filesUnder(join(root, input))) hash.update(file).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function run(command) {
  return new Promise((done) => {
    const [file, ...args] = command;
    const child = spawn(file, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => done({ code: 1, output: error.message }));
    child.on("exit", (code) => done({ code: code ?? 1, output }));
  });
}

/** Brings every build up to date; returns false when one failed (its output is printed). */
export async function buildAll(say = (line) => process.stdout.write(`${line}\n`)) {
  const results = await Promise.all(
    TARGETS.map(async (target) => {
      const stamp = join(root, target.output, ".inputs");
      const digest = digestOf(target.inputs);
      if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return true;
      const startedAt = Date.now();
      say(`· building the ${target.name} …`);
      const { code, output } = await run(target.command);
      if (code !== 0) {
        say(`✗ building the ${target.name} failed:\n${output}`);
        return false;
      }
      writeFileSync(stamp, digest);
      say(`✓ ${target.name} built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
      return true;
    }),
  );
  return results.every(Boolean);
}

if (import.meta.filename === process.argv[1]) process.exit((await buildAll()) ? 0 : 1);
