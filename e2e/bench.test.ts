import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support/start-process.ts";

function runBench(args: string[]) {
  return spawnSync(process.execPath, ["--conditions=source", "tools/bench.mjs", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
}

test("a benchmark prints its figures as a table and writes the same ones as JSON", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatewatch-bench-"));
  try {
    const file = join(folder, "result.json");
    const { status, stdout, stderr } = runBench(["dashboard", "--quick", "--json", file]);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const result = JSON.parse(readFileSync(file, "utf8")) as {
      bench: string;
      machine: string;
      rows: { name: string; value: number; unit: string }[];
    };
    expect(result).toMatchObject({ bench: "dashboard", machine: expect.stringContaining("Node") });
    expect(result.rows.length).toBeGreaterThan(5);
    for (const row of result.rows) {
      expect(row).toEqual({ name: expect.any(String), value: expect.any(Number), unit: expect.any(String) });
      expect(stdout).toContain(row.name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an unknown benchmark is refused with the names of those that there are", () => {
  const { status, stderr } = runBench(["nothing"]);
  expect(status).toBe(2);
  expect(stderr).toContain("overhead");
});
