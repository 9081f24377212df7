import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { guardMainFile } from "./guard-main-file.ts";

let dataDir: string;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-guard-"));
  writeFileSync(join(dataDir, "gatewatch.db"), "first");
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dataDir, { recursive: true });
});

test("a main file that is deleted under the server is told once, within a minute", () => {
  const lost: string[] = [];
  const stop = guardMainFile(dataDir, (message) => lost.push(message));
  vi.advanceTimersByTime(120_000);
  expect(lost).toEqual([]);
  rmSync(join(dataDir, "gatewatch.db"));
  vi.advanceTimersByTime(60_000);
  vi.advanceTimersByTime(600_000);
  expect(lost).toEqual([expect.stringMatching(/deleted or replaced.*restore the newest backup/)]);
  stop();
});

test("nothing is told after the end", () => {
  const onLost = vi.fn<(message: string) => void>();
  const stop = guardMainFile(dataDir, onLost);
  stop();
  rmSync(join(dataDir, "gatewatch.db"));
  vi.advanceTimersByTime(600_000);
  expect(onLost).not.toHaveBeenCalled();
});
