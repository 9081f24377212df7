import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

const run = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), "make-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("makeFolder()", () => {
  test("makes all levels, and is content with a folder that is there", () => {
    const folder = join(root, "a", "b", "c");
    makeFolder(folder);
    makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  test.skipIf(process.platform === "win32")("makes them for this user alone", () => {
    makeFolder(join(root, "own", "below"));
    expect(statSync(join(root, "own")).mode & 0o777).toBe(0o700);
  });

  test("refuses a way that leads through a file", () => {
    writeFileSync(join(root, "file"), "");
    expect(() => makeFolder(join(root, "file", "below"))).toThrow(/ENOTDIR/);
  });

  test.runIf(process.platform === "linux")("gives up where the system makes no folders", async () => {
    // In a process of its own: what does not end there would take the test's process with it.
    const script = `
      const { makeFolder } = await import(${JSON.stringify(join(import.meta.dirname, "make-folder.ts"))});
      try { makeFolder("/proc/nope/below"); } catch (error) { console.log(error.code); }`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { timeout: 15_000 });
    expect(stdout.trim()).toBe("ENOENT");
  });
});
