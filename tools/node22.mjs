// Brings the newest Node 22, the oldest line that the middleware supports, into a folder outside the workspaces
// (inside them it would take the place of the project's own Node), and prints the path of its binary.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../node_modules/.cache/gatewatch-node22");
const platform = process.platform === "win32" ? "win" : process.platform;
const name = `node-${platform}-${process.arch}`;
const binary = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
const INSTALL_MS = 110_000;

/** Version of the binary when it runs and is a Node 22, else undefined. */
function readVersion() {
  if (!existsSync(binary)) return undefined;
  const { stdout, status } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  return status === 0 && stdout.startsWith("v22.") ? stdout.trim() : undefined;
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

if (readVersion() === undefined) {
  mkdirSync(folder, { recursive: true });
  const args = ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund"];
  const { status, error, stderr } = spawnSync("npm", [...args, "--ignore-scripts", `${name}@22`], {
    cwd: folder,
    encoding: "utf8",
    timeout: INSTALL_MS,
    shell: process.platform === "win32",
    // What `npm test` says about the workspace does not hold for this folder.
    env: Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !key.toLowerCase().startsWith("npm_config_")),
    ),
  });
  if (status !== 0) fail(error?.message ?? stderr.trim().split("\n").at(-1) ?? "npm failed");
}
const version = readVersion();
if (version === undefined) fail(`${name}@22 does not run here`);
process.stdout.write(`${binary}\n`);
