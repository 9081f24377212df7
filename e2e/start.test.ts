import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { countStored } from "../packages/server/src/digest/count-stored.ts";
import { openStoreEngine } from "../packages/server/src/store/open-store.ts";
import { startProcess, type RunningProcess } from "./support/start-process.ts";

const running: RunningProcess[] = [];
let folder = "";
afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.stop()));
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

/** What `npm start -- …` runs once the right Node is there. */
function start(...args: string[]): { launched: RunningProcess; dataDir: string } {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-e2e-"));
  const dataDir = join(folder, "data");
  const launched = startProcess("tools/start.mjs", ["--port", "0", "--data", dataDir, ...args], { NO_COLOR: "1" });
  running.push(launched);
  return { launched, dataDir };
}

const isLine = (pattern: RegExp) => (line: string) => pattern.exec(line) ?? undefined;

test("--no-demo runs the server alone, prints its address and a link for the first admin, and Ctrl-C ends it cleanly", async () => {
  const { launched } = start("--no-demo");
  const [, url] = await launched.waitForLine(isLine(/server +(http:\S+) /));
  const [, link] = await launched.waitForLine(isLine(/sign in +open (http:\S+) /));
  expect(link!.startsWith(url!)).toBe(true);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(200);
  const page = await fetch(link!);
  expect(await page.text()).toContain("Welcome to Gatewatch");
  launched.child.kill("SIGINT");
  expect(await launched.exited).toEqual({ code: 0, signal: null });
  expect(launched.output()).toContain("stopped; everything received is on disk");
  expect(launched.output()).not.toContain("shop ");
});

test("with the demo, visitors come by the line, the first error shows its source, and Ctrl-C loses nothing that was shown", async () => {
  const { launched, dataDir } = start();
  await launched.waitForLine(isLine(/shop +http:\S+ +\(examples\/express\)/));
  await launched.waitForLine(isLine(/GET +\/products\b.* 200 +\d+ ms/));
  await launched.waitForLine(isLine(/● new issue \d+ .*taxRate.*price\.ts/));
  await launched.waitForLine(isLine(/at taxOf \(.*price\.ts:\d+\) +.*line\.product\.category!\.taxRate/));
  launched.child.kill("SIGINT");
  expect(await launched.exited).toEqual({ code: 0, signal: null });

  const shown = launched.output().match(/^\d\d:\d\d:\d\d .* ms( .*)?$/gm)!.length;
  expect(shown).toBeGreaterThan(0);
  const store = await openStoreEngine({ engine: "sqlite", dataDir });
  try {
    const stored = await countStored(store, (await store.control.listProjects())[0]!.id);
    expect(stored.requests.count).toBeGreaterThanOrEqual(shown);
    expect(stored.rollups["minute"]!.count).toBe(stored.requests.count);
    expect(stored.errors).toBe(stored.inIssues);
    expect(existsSync(join(dataDir, "poison"))).toBe(false);
  } finally {
    await store.close();
  }
});

test.each([
  ["an unknown option", ["--prot", "1"], /no option --prot\. Did you mean --port\?/],
  ["a port that is none", ["--port", "http"], /--port is "http": must be a number from 0 to 65535/],
])("%s is refused in one sentence with code 2", async (_name, args, says) => {
  const { launched } = start(...args);
  expect(await launched.exited).toEqual({ code: 2, signal: null });
  const sentences = launched
    .output()
    .split("\n")
    .filter((line) => line.startsWith("gatewatch:"));
  expect(sentences).toEqual([expect.stringMatching(says)]);
});
