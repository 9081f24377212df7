import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const tool = fileURLToPath(new URL("../../../../../tools/stage-example.mjs", import.meta.url));

/** An example that is no workspace, built in a folder of its own, or the reason why there is none. */
export function stageExample(name: string): { folder: string } | { reason: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, name], { encoding: "utf8" });
  if (status === 0) return { folder: stdout.trim() };
  return { reason: stderr.trim().split("\n").at(-1) ?? "unknown" };
}
