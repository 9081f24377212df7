import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSourceReader } from "./read-source.ts";

let folder: string;
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "gatewatch-source-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("createSourceReader()", () => {
  test("gives two lines before and two after, fewer at the edges", async () => {
    const path = write("a.js", "1\r\n2\r\n3\r\n4\r\n5");
    const reader = createSourceReader();
    expect(await reader.around(path, 3)).toEqual({ pre: ["1", "2"], line: "3", post: ["4", "5"] });
    expect(await reader.around(path, 1)).toEqual({ pre: [], line: "1", post: ["2", "3"] });
    expect(reader.aroundSync(path, 5)).toEqual({ pre: ["3", "4"], line: "5", post: [] });
    expect(await reader.around(path, 6)).toBeUndefined();
  });

  test("reads a file once, and again when it has had to make room", async () => {
    const [a, b] = [write("a.js", "old"), write("b.js", "b")];
    const reader = createSourceReader({ maxFiles: 1 });
    await reader.around(a, 1);
    writeFileSync(a, "new");
    expect((await reader.around(a, 1))?.line).toBe("old");
    await reader.around(b, 1);
    expect((await reader.around(a, 1))?.line).toBe("new");
  });

  test("leaves out files that are missing, too large or folders, and clips long lines", async () => {
    const reader = createSourceReader({ maxFileBytes: 1_000 });
    expect(await reader.around(join(folder, "none.js"), 1)).toBeUndefined();
    expect(reader.aroundSync(join(folder, "none.js"), 1)).toBeUndefined();
    expect(await reader.around(folder, 1)).toBeUndefined();
    expect(await reader.around(write("big.js", "x".repeat(1_001)), 1)).toBeUndefined();
    expect((await reader.around(write("long.js", "x".repeat(900)), 1))?.line).toHaveLength(301);
  });
});
