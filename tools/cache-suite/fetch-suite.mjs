// Brings the public HTTP cache suite into a folder that is nobody's dependency (its own dependencies are not needed, and not installed).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const PACKAGE = "http-cache-tests";
const VERSION = "0.4.5";
const folder = resolve(import.meta.dirname, `../../node_modules/.cache/gatewatch-${PACKAGE}-${VERSION}`);
const FETCH_MS = 110_000;

/** Its folder. @throws Error when it cannot be had. */
export function fetchSuite() {
  if (existsSync(join(folder, "tests/index.mjs"))) return folder;
  const scratch = `${folder}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const { status, error, stderr } = spawnSync("npm", ["pack", "--ignore-scripts", `${PACKAGE}@${VERSION}`], {
      cwd: scratch,
      encoding: "utf8",
      timeout: FETCH_MS,
      shell: process.platform === "win32",
      // What `npm test` says about the workspace does not hold for this folder.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([key]) => !key.toLowerCase().startsWith("npm_config_")),
      ),
    });
    if (status !== 0) throw new Error(error?.message ?? stderr.trim().split("\n").at(-1) ?? "npm failed");
    const archive = readdirSync(scratch).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error("npm packed nothing");
    const { status: unpacked } = spawnSync("tar", ["xzf", archive], { cwd: scratch });
    if (unpacked !== 0) throw new Error("tar could not unpack it");
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(scratch, "package"), folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return folder;
}
