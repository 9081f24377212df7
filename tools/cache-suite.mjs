// Runs the public HTTP cache suite against the cache layer: node --conditions=source tools/cache-suite.mjs [--json] [--as-published] [id of one test]
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createGatewatch } from "../packages/gatewatch/src/create-gatewatch.ts";
import { gatewatch } from "../packages/gatewatch/src/adapters/http.ts";
import { amend } from "./cache-suite/amendments.mjs";
import { fetchOverHttp } from "./cache-suite/fetch-over-http.mjs";
import { fetchSuite } from "./cache-suite/fetch-suite.mjs";
import { serveSuite } from "./cache-suite/serve-suite.mjs";

/** More than there are: the suite spends its time waiting. */
const AT_ONCE = 1000;
const args = process.argv.slice(2);
const onlyId = args.find((arg) => !arg.startsWith("--"));
const folder = fetchSuite();
const load = (path) => import(pathToFileURL(join(folder, path)).href);
const { default: published } = await load("tests/index.mjs");
const suites = args.includes("--as-published")
  ? published
  : published.map((suite) => ({ ...suite, tests: suite.tests.map(amend) }));
const { runTests, getResults } = await load("client/runner.mjs");

const gate = createGatewatch(
  {
    accessLog: false,
    record: false,
    compression: false,
    securityHeaders: false,
    process: { flushOnExit: false },
    logger: { info() {}, warn() {}, error() {} },
    cache: { enabled: true, staleIfErrorMs: 60_000 },
  },
  { env: {}, dotenv: undefined, file: {} },
);
const { base, close } = await serveSuite(folder, (listener) => gatewatch(listener, gate));

// The suite's server remarks on what it is asked; only the result is wanted.
const { log } = console;
console.log = () => undefined;
const tests = new Map(suites.flatMap((suite) => suite.tests.map((test) => [test.id, test])));
const wanted = new Set(onlyId === undefined ? tests.keys() : [onlyId]);
for (const id of wanted) for (const other of tests.get(id)?.depends_on ?? []) wanted.add(other);
const chosen = suites.map((suite) => ({ ...suite, tests: suite.tests.filter((test) => wanted.has(test.id)) }));
await runTests(chosen, fetchOverHttp, false, base, AT_ONCE);
console.log = log;
close();
await gate.close();

const results = getResults();
const marks = new Map();

/** As the suite scores: a test whose precondition does not hold does not count as passed. */
function mark(id) {
  if (!marks.has(id)) {
    const test = tests.get(id);
    const result = results[id];
    const missing = (test?.depends_on ?? []).find((other) => mark(other).passed !== true);
    const reason =
      result === undefined
        ? "not run"
        : missing !== undefined
          ? `depends on ${missing}`
          : result === true
            ? ""
            : result.join(": ");
    marks.set(id, { id, kind: test?.kind ?? "required", passed: reason === "", reason });
  }
  return marks.get(id);
}

const scored = Object.keys(results).map(mark);
const score = (kind) => {
  const all = scored.filter((one) => one.kind === kind);
  return { passed: all.filter((one) => one.passed).length, of: all.length };
};
const summary = { required: score("required"), optimal: score("optimal"), check: score("check") };
const failures = scored.filter((one) => !one.passed && one.kind !== "check");
if (args.includes("--json")) process.stdout.write(JSON.stringify({ ...summary, failures }));
else {
  for (const [kind, { passed, of }] of Object.entries(summary)) process.stdout.write(`${kind}: ${passed} of ${of}\n`);
  for (const { id, kind, reason } of failures) process.stdout.write(`  ${kind} ${id}: ${reason}\n`);
}
process.exit(0);
