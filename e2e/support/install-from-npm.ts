import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { plainEnvironment, ROOT } from "./start-process.ts";

const CACHE = resolve(ROOT, "node_modules/.cache/gatewatch-interop");
const INSTALL_MS = 300_000;
/** How npm says that it cannot get at the registry at all. */
const UNREACHABLE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E403|E503)\b/;

/** A published client in a folder of its own, or why it cannot be had. */
export type Installed = { folder: string; reason?: undefined } | { folder?: undefined; reason: string };

/**
 * Installs packages (`name@version`) beside the workspaces, once: a lock of theirs has no place in ours.
 * Without a registry it gives the reason, and in CI it throws, since a client that nobody has tried is a failure there.
 */
export function installFromNpm(name: string, packages: readonly string[]): Installed {
  const folder = join(CACHE, name);
  const stamp = join(folder, "installed");
  const wanted = createHash("sha256").update(JSON.stringify(packages)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return { folder };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const args = [
    "install",
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    ...packages,
  ];
  const { status, error, stderr } = spawnSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    timeout: INSTALL_MS,
    // The same Node whose tests run; and what `npm test` says about the workspaces does not hold here.
    env: withoutNpm({ ...plainEnvironment(), PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` }),
  });
  if (status === 0) {
    writeFileSync(stamp, wanted);
    return { folder };
  }
  const reason = error?.message ?? stderr.trim().split("\n").slice(-5).join(" ");
  const isCi = !["", "0", "false", undefined].includes(process.env["CI"]);
  if (isCi || (error === undefined && !UNREACHABLE.test(stderr)))
    throw new Error(`npm could not install ${packages.join(", ")}: ${reason}`);
  return { reason: "the package registry cannot be reached" };
}

function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !key.toLowerCase().startsWith("npm_config_")));
}
