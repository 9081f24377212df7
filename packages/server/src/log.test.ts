import { expect, it } from "vitest";
import { createLog, type LogLevel } from "./log.ts";

function openLog(least: LogLevel, isTTY: boolean) {
  const lines: string[] = [];
  const stream = { isTTY, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream;
  return { lines, log: createLog(least, stream, () => 1_000) };
}

it("createLog() writes one line of JSON an entry, errors described", () => {
  const { lines, log } = openLog("info", false);
  log("warn", "two\nlines", { error: Object.assign(new Error("no"), { code: "ENO" }), n: 1 });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.trimEnd()).not.toContain("\n");
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 40,
    time: 1000,
    msg: "two\nlines",
    n: 1,
    error: { type: "Error", message: "no", code: "ENO" },
  });
});

it("createLog() leaves out what is below its level", () => {
  const { lines, log } = openLog("warn", false);
  log("info", "quiet");
  expect(lines).toEqual([]);
});

it("createLog() lets no control character of an entry onto a terminal", () => {
  const { lines, log } = openLog("info", true);
  log("error", "a\u001b[2Jb\nc");
  expect(lines[0]!).toContain("a [2Jb c");
});
