// Format, lint, types, layer rules, dead code and unit tests: in seconds, without services. Exit 1 when one fails.
import { spawn } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const fix = process.argv.includes("--fix");

const STEPS = [
  { name: "format", command: ["oxfmt", fix ? "--write" : "--check", "."] },
  { name: "lint", command: ["oxlint", "--deny-warnings", ...(fix ? ["--fix"] : [])] },
  // One program for everything that Node runs: apart, each would check the server's types again.
  { name: "types", command: ["tsc", "-p", "."] },
  // pino-http changes the type of every request, so the benchmarks stay apart.
  { name: "types: bench", command: ["tsc", "-p", "bench", "--checkers", "2"] },
  { name: "types: dashboard", command: ["tsc", "-p", "packages/dashboard"] },
  { name: "layers", command: [process.execPath, "tools/check-layers.mjs", ...(fix ? ["--write"] : [])] },
  { name: "docs", command: [process.execPath, "tools/check-docs.mjs", ...(fix ? ["--write"] : [])] },
  { name: "dead code", command: ["knip"] },
  { name: "unit tests", command: ["vitest", "run", "--reporter=dot"], last: true },
];

function run(step) {
  const startedAt = performance.now();
  return new Promise((done) => {
    const [file, ...args] = step.command;
    const child = spawn(file, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: "0" },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => done({ step, code: 1, output: error.message, seconds: 0 }));
    child.on("exit", (code) =>
      done({ step, code: code ?? 1, output, seconds: (performance.now() - startedAt) / 1000 }),
    );
  });
}

const failures = [];
function report({ step, code, output, seconds }) {
  process.stdout.write(`${code === 0 ? "✓" : "✗"} ${step.name} (${seconds.toFixed(1)} s)\n`);
  if (code === 0) return;
  failures.push(step.name);
  process.stdout.write(`${output.trim()}\n`);
}

const queue = STEPS.filter((step) => !step.last);
await Promise.all(
  [0, 1].map(async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) report(await run(step));
  }),
);
for (const step of STEPS.filter((candidate) => candidate.last)) report(await run(step));

if (failures.length > 0) {
  process.stdout.write(
    `\n${failures.length} of ${STEPS.length} checks failed: ${failures.join(", ")}. \`npm run check -- --fix\` mends format, lint and generated parts.\n`,
  );
  process.exit(1);
}
process.stdout.write(`\nall ${STEPS.length} checks passed\n`);
