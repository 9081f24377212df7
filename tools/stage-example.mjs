// Brings an example that is no workspace into a folder of its own, as it would stand at a user's: its own dependencies by its own lock, and
// gatewatch as it is published. Builds it, and prints the path of the folder. `node tools/stage-example.mjs next-15`
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const name = process.argv[2] ?? fail("Which example? node tools/stage-example.mjs next");
const source = join(root, "examples", name);
// Not below a `node_modules`, where Next takes everything for a package.
const folder = join(source, ".stage");
const INSTALL_MS = 110_000;
const BUILD_MS = 110_000;

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function run(command, args, timeout, env = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    timeout,
    shell: process.platform === "win32",
    env: { ...withoutNpm(process.env), ...env },
  });
  if (status !== 0) {
    const said = `${stderr}\n${stdout}`.trim().split("\n").slice(-15).join("\n");
    fail(error?.message ?? `${command} ${args[0]}: ${said}`);
  }
  return stdout;
}

/** What `npm test` says about the workspace does not hold for this folder. */
function withoutNpm(env) {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !key.toLowerCase().startsWith("npm_config_")));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The example's manifest and lock without gatewatch, which comes from this repository. */
function writeManifests() {
  const manifest = readJson(join(source, "package.json"));
  delete manifest.dependencies.gatewatch;
  const lock = readJson(join(source, "package-lock.json"));
  delete lock.packages[""].dependencies.gatewatch;
  delete lock.packages["node_modules/gatewatch"];
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  return createHash("sha256")
    .update(JSON.stringify([manifest, lock]))
    .digest("hex");
}

function installOnce() {
  const stamp = join(folder, "node_modules/.gatewatch-installed");
  const wanted = writeManifests();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], INSTALL_MS);
  writeFileSync(stamp, wanted);
}

/** Packed and unpacked: nothing but what is published is there. */
function installGatewatch() {
  const pack = join(folder, "pack");
  rmSync(pack, { recursive: true, force: true });
  mkdirSync(pack, { recursive: true });
  const packed = run(
    "npm",
    ["pack", join(root, "packages/gatewatch"), "--ignore-scripts", "--silent", "--pack-destination", pack],
    INSTALL_MS,
  );
  const target = join(folder, "node_modules/gatewatch");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  run("tar", ["-xzf", join(pack, packed.trim().split("\n").at(-1)), "-C", target, "--strip-components=1"], INSTALL_MS);
}

function copySources() {
  for (const old of globSync("*", { cwd: folder })) {
    if (!["node_modules", "pack", "package.json", "package-lock.json"].includes(old)) {
      rmSync(join(folder, old), { recursive: true, force: true });
    }
  }
  for (const part of globSync("*", { cwd: source })) {
    if (part.startsWith("package") || part === "node_modules") continue;
    cpSync(join(source, part), join(folder, part), { recursive: true });
  }
}

mkdirSync(folder, { recursive: true });
installOnce();
installGatewatch();
copySources();
// No settings of the shell at hand: the app is built as in a clean place.
const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
run("npm", ["run", "build"], BUILD_MS, { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", PATH: path });
process.stdout.write(`${folder}\n`);
