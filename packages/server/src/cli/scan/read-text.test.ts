import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readFile } from "./read-text.ts";
import { splitLines } from "./split-lines.ts";

const folder = mkdtempSync(join(tmpdir(), "gatewatch-follow-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("follows a file that grows, is cut, and is replaced", async () => {
  const path = join(folder, "app.log");
  writeFileSync(path, "one\n");
  const interrupt = new AbortController();
  const { chunks } = await readFile(path, true, interrupt.signal);
  const lines = splitLines(chunks)[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value?.text;
  expect(await next()).toBe("one");
  appendFileSync(path, "two\n");
  expect(await next()).toBe("two");
  truncateSync(path);
  appendFileSync(path, "3\n");
  expect(await next()).toBe("3");
  renameSync(path, `${path}.1`);
  writeFileSync(path, "four\n");
  expect(await next()).toBe("four");
  const last = lines.next();
  interrupt.abort();
  expect((await last).done).toBe(true);
});

it("refuses a folder", async () => {
  await expect(readFile(folder, false, new AbortController().signal)).rejects.toThrow("is a folder");
});
