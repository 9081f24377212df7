// Brings Bun or Deno into a folder outside the workspaces and prints the path of its binary. `node tools/other-runtime.mjs bun`
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const name = process.argv[2] ?? "";
const folder = resolve(import.meta.dirname, "../node_modules/.cache", `gatewatch-${name}`);
const { platform } = process;
const exe = platform === "win32" ? ".exe" : "";
const INSTALL_MS = 110_000;

const RUNTIMES = {
  bun: {
    package: `@oven/bun-${platform === "win32" ? "windows" : platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`,
    binary: `bin/bun${exe}`,
    major: "1",
  },
  deno: {
    package: `@deno/${platform}-${process.arch}${platform === "linux" ? "-glibc" : ""}`,
    binary: `deno${exe}`,
    major: "2",
  },
};

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

const runtime = RUNTIMES[name];
if (runtime === undefined) fail(`known are ${Object.keys(RUNTIMES).join(" and ")}`);
const binary = join(folder, "node_modules", runtime.package, runtime.binary);
const runs = () => existsSync(binary) && spawnSync(binary, ["--version"]).status === 0;

if (!runs()) {
  mkdirSync(folder, { recursive: true });
  const args = ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund"];
  const { status, error, stderr } = spawnSync(
    "npm",
    [...args, "--ignore-scripts", `${runtime.package}@${runtime.major}`],
    {
      cwd: folder,
      encoding: "utf8",
      timeout: INSTALL_MS,
      shell: platform === "win32",
      // What `npm test` says about the workspace does not hold for this folder.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([key]) => !key.toLowerCase().startsWith("npm_config_")),
      ),
    },
  );
  if (status !== 0) fail(error?.message ?? stderr.trim().split("\n").at(-1) ?? "npm failed");
}
if (!runs()) fail(`${runtime.package} does not run here`);
process.stdout.write(`${binary}\n`);
