// Format, lint, types, layer rules, dead code and unit tests: in seconds, without services. Exit 1 when one fails.
// A slow step that passed is not run again until something that it reads has changed; `--all` runs them all, and so does CI.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const fix = process.argv.includes("--fix");
// Other places say `1`.
const isCi = !["", "0", "false", undefined].includes(process.env.CI);
const runAll = isCi || process.argv.includes("--all");
// Beside the packages, so that installing them anew forgets it.
const cache = join(root, "node_modules", ".cache", "gatewatch-check");

const SETTINGS = /^[^/]+\.(json|ts)$/;
const CODE = /\.([cm]?[jt]sx?|json|css|html)$/;
const typeCheck = (name, project, ...more) => [
  "tsc",
  "-p",
  project,
  "--incremental",
  "--tsBuildInfoFile",
  join(cache, `${name}.tsbuildinfo`),
  ...more,
];

// In the order of their length, the longest first. `reads` tells which paths decide the result of a slow step.
const STEPS = [
  {
    name: "unit tests",
    command: ["vitest", "run", "--reporter=dot", "--project", "unit"],
    // They start threads and processes of the same few modules: those compile once.
    env: { NODE_COMPILE_CACHE: join(cache, "compiled") },
    reads: (path) => /^(packages|tools|docs)\//.test(path) || SETTINGS.test(path),
  },
  // One program for everything that Node runs: apart, each would check the server's types again.
  { name: "types", command: typeCheck("node", "."), reads: (path) => CODE.test(path) },
  { name: "dead code", command: ["knip"], reads: (path) => CODE.test(path) },
  // pino-http changes the type of every request, so the benchmarks stay apart.
  { name: "types: bench", command: typeCheck("bench", "bench", "--checkers", "2"), reads: (path) => CODE.test(path) },
  {
    name: "types: dashboard",
    command: typeCheck("dashboard", "packages/dashboard"),
    reads: (path) => path.startsWith("packages/") || SETTINGS.test(path),
  },
  { name: "format", command: ["oxfmt", fix ? "--write" : "--check", "."] },
  { name: "lint", command: ["oxlint", "--deny-warnings", ...(fix ? ["--fix"] : [])] },
  { name: "layers", command: [process.execPath, "tools/check-layers.mjs", ...(fix ? ["--write"] : [])] },
  { name: "docs", command: [process.execPath, "tools/check-docs.mjs", ...(fix ? ["--write"] : [])] },
];

function run(step) {
  const startedAt = performance.now();
  return new Promise((done) => {
    const [file, ...args] = step.command;
    const child = spawn(file, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...step.env, FORCE_COLOR: "0" },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => done({ step, code: 1, output: error.message, seconds: 0 }));
    child.on("close", (code) =>
      done({ step, code: code ?? 1, output, seconds: (performance.now() - startedAt) / 1000 }),
    );
  });
}

/** One digest for each file of the working tree that git does not ignore; undefined where git cannot tell. */
function digestFiles() {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.status !== 0) return undefined;
  const digests = new Map();
  for (const path of listed.stdout.split("\0")) {
    if (path === "") continue;
    try {
      digests.set(
        path,
        createHash("sha256")
          .update(readFileSync(join(root, path)))
          .digest("hex"),
      );
    } catch {
      // Deleted but not yet committed, or a link to elsewhere: its absence is what counts.
    }
  }
  return digests;
}

/** Names everything that decides the result of a step; undefined for a step that runs every time. */
function fingerprint(step, files) {
  if (step.reads === undefined || files === undefined) return undefined;
  const environment = Object.entries(process.env).filter(([key]) =>
    /^(GATEWATCH|FUZZ|NODE|VITEST|TZ$|LC_|LANG)/.test(key),
  );
  return createHash("sha256")
    .update(JSON.stringify([step.command, process.version, process.platform, process.arch, environment.toSorted()]))
    .update(JSON.stringify([...files].filter(([path]) => step.reads(path)).toSorted()))
    .digest("hex");
}

const stampOf = (step) => join(cache, `${step.name.replaceAll(/\W+/g, "-")}.passed`);
function readStamp(step) {
  try {
    return readFileSync(stampOf(step), "utf8");
  } catch {
    return undefined;
  }
}

const failures = [];
function report({ step, code, output, seconds }) {
  process.stdout.write(`${code === 0 ? "✓" : "✗"} ${step.name} (${seconds.toFixed(1)} s)\n`);
  if (code === 0) return;
  failures.push(step.name);
  process.stdout.write(`${output.trim()}\n`);
}

mkdirSync(cache, { recursive: true });
let unchanged = 0;
async function runUnlessUnchanged(step, files) {
  const wanted = fingerprint(step, files);
  if (!runAll && wanted !== undefined && readStamp(step) === wanted) {
    unchanged += 1;
    process.stdout.write(`✓ ${step.name} (passed before, and nothing that it reads has changed)\n`);
    return;
  }
  rmSync(stampOf(step), { force: true });
  const result = await run(step);
  report(result);
  // A file saved while the step ran may or may not have been read.
  if (result.code === 0 && wanted !== undefined && fingerprint(step, digestFiles()) === wanted)
    writeFileSync(stampOf(step), wanted);
}

// Mending comes first: it changes what the others read.
const mending = fix ? STEPS.filter((step) => step.reads === undefined) : [];
for (const step of mending) report(await run(step));
const files = digestFiles();
const queue = STEPS.filter((step) => !mending.includes(step));
await Promise.all(
  [0, 1].map(async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) await runUnlessUnchanged(step, files);
  }),
);

if (failures.length > 0) {
  process.stdout.write(
    `\n${failures.length} of ${STEPS.length} checks failed: ${failures.join(", ")}. \`npm run check -- --fix\` mends format, lint and generated parts.\n`,
  );
  process.exit(1);
}
process.stdout.write(
  `\nall ${STEPS.length} checks passed${unchanged > 0 ? `, ${unchanged} of them before (\`-- --all\` runs them again)` : ""}\n`,
);
