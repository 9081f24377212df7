// Everything: brings what is missing (as root also Debian's PostgreSQL, Redis and Chromium), starts what the tests need on
// free ports, runs them, stops what it started. Tests whose service cannot be had are skipped by name; in CI that is a failure.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildAll } from "./build.mjs";
import { startPostgres } from "./services/start-postgres.mjs";
import { startRedis } from "./services/start-redis.mjs";

const root = resolve(import.meta.dirname, "..");
// Tests that install with npm run it under Node 24, which trusts its own list of authorities only unless told otherwise.
process.env.NODE_USE_SYSTEM_CA ??= "1";
const filters = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);
const scratch = mkdtempSync(join(tmpdir(), "gatewatch-test-"));
const stops = [];

const CHROMIUM = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const PACKAGES = [
  { package: "postgresql-15", present: () => existsSync("/usr/lib/postgresql/15/bin/postgres") },
  { package: "redis-server", present: () => existsSync("/usr/bin/redis-server") },
  { package: "chromium", present: () => CHROMIUM.some((path) => existsSync(path)) },
  { package: "python3-venv", present: () => spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0 },
];

function installDebianPackages() {
  const missing = PACKAGES.filter((entry) => !entry.present()).map((entry) => entry.package);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    say(`· not installed and not root on Debian, so their tests will be skipped: ${missing.join(", ")}`);
    return;
  }
  say(`· installing Debian packages: ${missing.join(", ")} …`);
  // Their services stay off: the tests run the binaries themselves, on free ports.
  const policy = "/usr/sbin/policy-rc.d";
  const ownPolicy = !existsSync(policy);
  if (ownPolicy) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const clusterConfig = "/etc/postgresql-common/createcluster.conf";
  if (missing.includes("postgresql-15") && !existsSync(clusterConfig)) {
    spawnSync("mkdir", ["-p", "/etc/postgresql-common"]);
    writeFileSync(clusterConfig, "create_main_cluster = false\n");
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-o", "Dpkg::Options::=--force-confold", "-y", "-q", "--no-install-recommends"];
  try {
    spawnSync("apt-get", ["update", "-q"], { env, stdio: "ignore" });
    const result = spawnSync("apt-get", ["install", ...options, ...missing], { env, encoding: "utf8" });
    if (result.status === 0) say(`✓ installed ${missing.join(", ")}`);
    else say(`✗ apt-get could not install them:\n${result.stdout.split("\n").slice(-5).join("\n")}${result.stderr}`);
  } finally {
    if (ownPolicy) rmSync(policy, { force: true });
  }
}

/** PostgreSQL runs as a user of its own, whose shells write to /dev/null; where only root may, nothing of it starts. */
function openNullDevice() {
  if (process.getuid?.() !== 0 || !existsSync("/dev/null")) return;
  const mode = statSync("/dev/null").mode & 0o666;
  if (mode === 0o666) return;
  say(`· /dev/null had mode ${mode.toString(8)}; made it 666 again, as every system has it`);
  chmodSync("/dev/null", 0o666);
}

/** Starts a service; a missing one is reported and its tests are skipped. */
async function startService(name, start) {
  try {
    // A second try is for a port that somebody else took in between.
    const service = await start().catch((error) =>
      error.code === "service_missing" ? Promise.reject(error) : start(),
    );
    stops.push(() => service.stop());
    say(`✓ ${name} runs on a free port`);
    return { url: service.url };
  } catch (error) {
    say(`· ${name} cannot be had: ${error.message}`);
    return { reason: error.message };
  }
}

/** `aside`: it runs beside another one, and what it prints comes in one piece when it has ended. */
function runVitest(name, config, env, { aside = false } = {}) {
  const report = join(scratch, `${name}.json`);
  const args = [
    "run",
    "--config",
    config,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...filters,
  ];
  if (filters.length > 0) args.push("--passWithNoTests");
  return new Promise((done) => {
    const output = [];
    const child = spawn("vitest", args, {
      cwd: root,
      stdio: aside ? ["ignore", "pipe", "pipe"] : "inherit",
      env: { ...process.env, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(chunk));
    stops.push(() => child.kill());
    child.on("error", (error) => done({ code: 1, passed: 0, failed: 1, skipped: [], failures: [error.message] }));
    child.on("close", (code) => {
      process.stdout.write(Buffer.concat(output));
      const result = existsSync(report)
        ? JSON.parse(readFileSync(report, "utf8"))
        : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
      const skipped = result.testResults.flatMap((file) =>
        file.assertionResults
          .filter((test) => test.status === "pending" || test.status === "skipped")
          .map((test) => test.fullName),
      );
      // A file that cannot even be loaded counts as a failure although none of its tests ran.
      const brokenFiles = result.testResults.filter(
        (file) => file.status === "failed" && file.assertionResults.length === 0,
      ).length;
      // Told once more at the very end, where a cut-off log still shows them.
      const failures = result.testResults.flatMap((file) => [
        ...(file.status === "failed" && file.assertionResults.length === 0 ? [`${file.name}: ${file.message}`] : []),
        ...file.assertionResults
          .filter((test) => test.status === "failed")
          .map(
            (test) => `${test.fullName}\n    ${test.failureMessages.join("\n").split("\n").slice(0, 6).join("\n    ")}`,
          ),
      ]);
      done({
        code: code ?? 1,
        passed: result.numPassedTests,
        failed: result.numFailedTests + brokenFiles,
        skipped,
        failures,
      });
    });
  });
}

let stopping = false;
async function stopAll() {
  if (stopping) return;
  stopping = true;
  for (const stop of stops.toReversed()) await stop();
  rmSync(scratch, { recursive: true, force: true });
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stopAll().then(() => process.exit(1)));

// Other places say `1`.
const isCi = !["", "0", "false", undefined].includes(process.env.CI);
let exitCode = 1;
try {
  openNullDevice();
  installDebianPackages();
  if (!(await buildAll(say))) throw new Error("a build failed");
  const postgres = await startService("PostgreSQL", startPostgres);
  const redis = await startService("Redis", startRedis);
  const chromium = CHROMIUM.find((path) => existsSync(path));
  say(chromium ? `✓ Chromium at ${chromium}` : "· Chromium cannot be had: no binary found");
  const env = {
    GATEWATCH_TEST_POSTGRES_URL: postgres.url ?? "",
    GATEWATCH_TEST_REDIS_URL: redis.url ?? "",
    GATEWATCH_TEST_CHROMIUM: chromium ?? "",
  };
  const unit = await runVitest("unit", "vitest.config.ts", {});
  say("· the published clients run beside the services' tests; their results come when they are through");
  const results = await Promise.all([
    unit,
    runVitest("service", "vitest.service.config.ts", env),
    runVitest("interop", "vitest.interop.config.ts", env, { aside: true }),
  ]);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const failures = results.flatMap((result) => result.failures);
  const skipped = results.flatMap((result) => result.skipped);
  const missing = [
    postgres.reason && `PostgreSQL: ${postgres.reason}`,
    redis.reason && `Redis: ${redis.reason}`,
    !chromium && "Chromium: no binary found",
  ].filter(Boolean);
  if (skipped.length > 0) {
    say(
      `\nskipped${missing.length > 0 ? ` for want of a service (${missing.join("; ")})` : ", each for the reason in its name"}:`,
    );
    for (const name of skipped) say(`  · ${name}`);
  }
  for (const failure of failures) say(`✗ ${failure}`);
  // What a machine cannot do (mount a file system, another platform) may be skipped; a service has to be there.
  const refusedSkip = isCi && missing.length > 0;
  if (refusedSkip) say(`✗ in CI a missing service is a failure: ${missing.join("; ")}`);
  exitCode = failed > 0 || refusedSkip || results.some((result) => result.code !== 0) ? 1 : 0;
  say(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
} catch (error) {
  say(`✗ ${error.message}`);
} finally {
  await stopAll();
}
process.exit(exitCode);
