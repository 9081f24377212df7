// Counts the cases that state what other middlewares document, and writes the table of docs/peers.md: node tools/count-peer-cases.mjs --write
// Without `--write` it exits 1 when the page says something else, or when there are fewer than a thousand.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const PAGE = join(root, "docs/peers.md");
const SOURCES = "packages/gatewatch/src";
const MIN_CASES = 1000;
const FATES = /one record per fate|every exchange ends once|every fate leaves/;
const ADAPTERS = [
  "express",
  "express-bodies-and-fates",
  "express4",
  "fastify",
  "fetch",
  "fetch-node-server",
  "hono",
  "http",
  "http-bodies-and-fates",
  "koa",
];

/**
 * `beside`: the peer runs in the test and must say the same. `own`: tables of ours that state what it documents. A file may be
 * narrowed to the groups whose name matches.
 */
const PEERS = [
  {
    names: "helmet, @fastify/helmet, hono/secure-headers",
    page: "layers/security-headers.md#differences-from-helmet",
    beside: ["layers/security-headers/helmet-as-oracle"],
    own: [
      "layers/security-headers/create-security-headers-layer",
      "options/values/parse-csp",
      "options/values/parse-header-values",
    ],
  },
  {
    names: "cors, @fastify/cors, hono/cors",
    page: "layers/cors.md#differences-from-cors-fastifycors-and-honocors",
    beside: ["layers/cors/cors-as-oracle"],
    own: ["layers/cors/create-cors-layer", "options/values/compile-origins"],
  },
  {
    names: "compression, negotiator, @fastify/compress, koa-compress, hono/compress",
    page: "layers/compression.md#differences-from-compression-fastifycompress-koa-compress-and-honocompress",
    beside: ["layers/compression/negotiator-as-oracle"],
    own: [
      "layers/compression/create-compression-layer",
      "layers/compression/is-compressible",
      "layers/compression/negotiate-encoding",
    ],
  },
  {
    names: "express-rate-limit, rate-limiter-flexible, @fastify/rate-limit, hono-rate-limiter",
    page: "layers/rate-limit.md#differences-from-peers",
    own: ["layers/rate-limit/peers"],
  },
  {
    names: "apicache, route-cache, http-cache-semantics",
    page: "layers/cache.md#differences-from-other-caches",
    own: [
      "layers/cache/cache-truth",
      "layers/cache/decide-storing",
      "layers/cache/judge-freshness",
      "layers/cache/judge-reuse",
      "layers/cache/evaluate-conditions",
      "layers/cache/parse-cache-control",
      "layers/cache/parse-http-date",
    ],
  },
  { names: "proxy-addr, forwarded, ipaddr.js", page: "middleware.md#whose-word-counts", own: ["gate/trust/trust"] },
  {
    names: "on-finished",
    page: "middleware.md#what-is-guaranteed",
    own: ["layers/log-peers", ...ADAPTERS.map((name) => `adapters/${name}`)].map((file) => [
      file,
      file.startsWith("adapters") ? FATES : /on-finished/,
    ]),
  },
  {
    names: "morgan, pino-http",
    page: "layers/access-log.md#differences-from-peers",
    own: [["layers/log-peers", /morgan|pino-http/], "layers/access-log", "options/values/level-of-status"],
  },
  {
    names: "response-time, hono/timing",
    page: "layers/timing.md#differences-from-peers",
    own: [["layers/timing/timing", /headers|Server-Timing/]],
  },
  {
    names: "finalhandler, http-errors",
    page: "layers/error-boundary.md#differences-from-peers",
    own: ["layers/error-boundary/error-reply"],
  },
  {
    names: "prom-client",
    page: "metrics.md#differences-from-prom-client-express-prom-bundle-and-fastify-metrics",
    own: ["metrics/metric-registry"],
  },
  {
    names: "the secure headers validator of OWASP",
    page: "layers/security-headers.md",
    own: ["layers/security-headers/owasp"],
  },
  {
    names: "the cases of httpwg for structured fields",
    page: "layers/rate-limit.md",
    own: ["layers/rate-limit/write-structured-field"],
  },
];

const toPath = (file) => `${SOURCES}/${file}.test.ts`;
const narrow = (file) => (Array.isArray(file) ? file : [file, /./]);

/** Every case of these files: vitest loads them, since tables have as many cases as they have rows. */
function listCases(files) {
  const scratch = mkdtempSync(join(tmpdir(), "gatewatch-cases-"));
  const report = join(scratch, "cases.json");
  try {
    const vitest = join(root, "node_modules/.bin/vitest");
    const { stderr } = spawnSync(vitest, ["list", ...files, "--no-staticParse", `--json=${report}`], {
      cwd: root,
      encoding: "utf8",
    });
    try {
      return JSON.parse(readFileSync(report, "utf8"));
    } catch {
      throw new Error(`vitest could not list the cases: ${stderr.trim()}`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const files = [
  ...new Set(PEERS.flatMap(({ beside = [], own }) => [...beside, ...own]).map((file) => toPath(narrow(file)[0]))),
];
const cases = listCases(files);
const count = (wanted) =>
  wanted
    .map(narrow)
    .map(([file, group]) => {
      const found = cases.filter(
        ({ file: at, name }) => at === join(root, toPath(file)) && group.test(name.split(" > ")[0]),
      ).length;
      if (found === 0)
        throw new Error(`${toPath(file)} has no such case; mend the table in tools/count-peer-cases.mjs`);
      return found;
    })
    .reduce((sum, found) => sum + found, 0);

const rows = PEERS.map(({ names, page, beside = [], own }) => ({
  names,
  page,
  beside: count(beside),
  own: count(own),
}));
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
const show = (number) => (number === 0 ? "" : number.toLocaleString("en"));
const table = [
  "| peer | beside the peer | of our own | what differs |",
  "|---|---|---|---|",
  ...rows.map(({ names, page, beside, own }) => `| ${names} | ${show(beside)} | ${show(own)} | [page](${page}) |`),
  `| **all** | **${show(sum("beside"))}** | **${show(sum("own"))}** | |`,
].join("\n");

const text = readFileSync(PAGE, "utf8");
const made = text.replace(/(<!-- peer-cases:begin -->\n)[\s\S]*?(<!-- peer-cases:end -->)/, `$1${table}\n$2`);
if (process.argv.includes("--write")) writeFileSync(PAGE, made);
const problems = [
  ...(sum("own") < MIN_CASES ? [`${sum("own")} cases of our own are fewer than ${MIN_CASES}`] : []),
  ...(made !== text && !process.argv.includes("--write")
    ? ["docs/peers.md is out of date; run `node tools/count-peer-cases.mjs --write`"]
    : []),
];
for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
if (problems.length === 0)
  process.stdout.write(`✓ ${sum("own")} cases of our own, ${sum("beside")} beside the peers\n`);
process.exit(problems.length === 0 ? 0 : 1);
