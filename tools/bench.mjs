// `npm run bench -- NAME [--quick] [--data DIR] [--minutes N] [--json FILE]`: one question each; a table on the terminal, the same
// figures as JSON, and with --docs the table in docs/results/NAME.md.
import { mkdirSync, readdirSync, writeFileSync, existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAll } from "./build.mjs";

const root = resolve(import.meta.dirname, "..");
const names = readdirSync(join(root, "bench"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, "bench", entry.name, "bench.ts")))
  .map((entry) => entry.name);

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

let options;
try {
  options = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean" },
      data: { type: "string" },
      minutes: { type: "string" },
      json: { type: "string" },
      docs: { type: "boolean" },
    },
  });
} catch (error) {
  fail(error.message);
}
const [name] = options.positionals;
if (!names.includes(name)) fail(`which one? ${names.join(", ")}`);

const machine = `${cpus()[0]?.model.trim() ?? "?"} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}-${process.arch}`;

if (!(await buildAll((line) => process.stderr.write(`${line}\n`)))) process.exit(2);
const { question, notes, run } = await import(join(root, "bench", name, "bench.ts"));
process.stdout.write(`${question}\n${machine}\n\n`);
const startedAt = performance.now();
const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K· ${text}`);
  else process.stderr.write(`· ${text}\n`);
};
const minutes = options.values.minutes === undefined ? undefined : Number(options.values.minutes);
if (minutes !== undefined && !(minutes > 0)) fail("--minutes wants a number");
const rows = await run({ quick: options.values.quick === true, data: options.values.data, minutes, progress });
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

const format = (value) =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
const width = Math.max(...rows.map((row) => row.name.length));
for (const row of rows)
  process.stdout.write(`${row.name.padEnd(width)}  ${format(row.value).padStart(10)} ${row.unit}\n`);
process.stdout.write(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);

const result = { bench: name, machine, quick: options.values.quick === true, rows };
if (options.values.json) {
  mkdirSync(dirname(resolve(options.values.json)), { recursive: true });
  writeFileSync(options.values.json, `${JSON.stringify(result, null, 2)}\n`);
}
if (options.values.docs) {
  const file = join(root, "docs/results", `${name}.md`);
  mkdirSync(dirname(file), { recursive: true });
  const lines = rows.map((row) => `| ${row.name} | ${format(row.value)} | ${row.unit} |`);
  writeFileSync(
    file,
    `# ${question}\n\nMade by \`npm run bench -- ${name} --docs${result.quick ? " --quick" : ""}\` on ${machine}.\n\n| figure | value | unit |\n|---|---:|---|\n${lines.join("\n")}\n${notes === undefined ? "" : `\n${notes}\n`}`,
  );
}
process.exit(0);
