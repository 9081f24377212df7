import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchMainFile } from "./main-file.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-main-file-"));
  writeFileSync(join(dataDir, "gatewatch.db"), "first");
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test("watchMainFile() notices that the file was deleted, or another put in its place", () => {
  const isThere = watchMainFile(dataDir);
  expect(isThere()).toBe(true);
  writeFileSync(join(dataDir, "gatewatch.db"), "grown a little");
  expect(isThere()).toBe(true);
  renameSync(join(dataDir, "gatewatch.db"), join(dataDir, "aside.db"));
  expect(isThere()).toBe(false);
  writeFileSync(join(dataDir, "gatewatch.db"), "another");
  expect(isThere()).toBe(false);
});
