import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { plainEnvironment, ROOT } from "./start-process.ts";

const CACHE = resolve(ROOT, "node_modules/.cache/gatewatch-interop");
const INSTALL_MS = 300_000;
/** How pip says that it cannot get at the registry at all. */
const UNREACHABLE =
  /NewConnectionError|NameResolutionError|Name or service not known|Temporary failure|Connection refused|Connection reset|timed out|ProxyError|Network is unreachable|403 Client Error|503 Server Error/i;

/** Published clients in a virtual environment of their own, or why they cannot be had. */
export type PythonEnvironment =
  | { bin: string; site: string; reason?: undefined }
  | { bin?: undefined; site?: undefined; reason: string };

/**
 * Makes a virtual environment and installs packages (`name==version`) into it, once.
 * Without a registry it gives the reason, and in CI it throws, since a client that nobody has tried is a failure there.
 */
export function installFromPypi(name: string, packages: readonly string[]): PythonEnvironment {
  const folder = join(CACHE, `python-${name}`);
  const bin = join(folder, "bin");
  const stamp = join(folder, "installed");
  const wanted = createHash("sha256").update(JSON.stringify(packages)).digest("hex");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    const made = run("python3", ["-m", "venv", folder]);
    if (made.status !== 0) return giveUp("python3 with venv is not there", true, describe(made));
    const installed = run(join(bin, "python"), ["-m", "pip", "install", "--quiet", "--no-input", ...packages]);
    if (installed.status !== 0)
      return giveUp(
        "the package registry cannot be reached",
        installed.error === undefined && UNREACHABLE.test(installed.stderr),
        `pip could not install ${packages.join(", ")}: ${describe(installed)}`,
      );
    writeFileSync(stamp, wanted);
  }
  const site = run(join(bin, "python"), ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.trim();
  return { bin, site };
}

function run(command: string, args: string[]): SpawnSyncReturns<string> {
  const env = { ...plainEnvironment(), PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  return spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MS, env });
}

function describe({ error, stderr, stdout }: SpawnSyncReturns<string>): string {
  return error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-5).join(" ");
}

function giveUp(reason: string, mayBeSkipped: boolean, detail: string): PythonEnvironment {
  const isCi = !["", "0", "false", undefined].includes(process.env["CI"]);
  if (isCi || !mayBeSkipped) throw new Error(`${reason}: ${detail}`);
  return { reason };
}
