import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";

interface Ended {
  code: number | null;
  signal: string | null;
  told: string[];
  log: { level: number; msg: string; mechanism?: string }[];
  stderr: string;
}

async function run(how: string, signal?: NodeJS.Signals): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ["--conditions=source", join(import.meta.dirname, "process-stand-in.ts"), how],
    {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] },
    },
  );
  const channel = child.stdio[3] as Readable;
  if (signal !== undefined) {
    channel.once("readable", () => child.kill(signal));
  }
  const outputs = Promise.all([text(channel), text(child.stdout as Readable), text(child.stderr as Readable)]);
  const [code, killedBy] = (await once(child, "exit")) as [number | null, string | null];
  const [told, stdout, stderr] = await outputs;
  const log = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Ended["log"][number]);
  return { code, signal: killedBy, told: told.trim().split("\n"), log, stderr };
}

describe("Gatewatch at the end of a process", () => {
  it("flushes when the event loop is empty, once, and lets the process end", async () => {
    const { code, told, log } = await run("end");
    expect(told.slice(0, 2)).toEqual(["pushed error manual", "flushed"]);
    expect(told.at(-1)).toBe("exit 0");
    expect(told.filter((line) => line === "flushed")).toHaveLength(1);
    expect(code).toBe(0);
    expect(log[0]?.msg).toContain("events go to the sink slow");
  });

  it("records an uncaught exception, logs it, and the process dies of it as it would", async () => {
    const { code, told, log, stderr } = await run("throw");
    expect(told).toEqual(["pushed error uncaughtException", "exit 1"]);
    expect(log.at(-1)).toMatchObject({
      level: 60,
      msg: "TypeError: nobody caught this",
      mechanism: "uncaughtException",
    });
    expect(stderr).toContain("nobody caught this");
    expect(code).toBe(1);
  });

  it("records an unhandled rejection that ends the process", async () => {
    const { code, told, stderr } = await run("reject");
    expect(told).toEqual(["pushed error unhandledRejection", "exit 1"]);
    expect(stderr).toContain("nobody awaited this");
    expect(code).toBe(1);
  });

  it("records an unhandled rejection that the app handles, and leaves it to the app", async () => {
    const { code, told } = await run("handled-rejection");
    expect(told.filter((line) => line.startsWith("pushed"))).toEqual(["pushed error unhandledRejection"]);
    expect(told).toContain("app saw TypeError: the app looks");
    expect(code).toBe(0);
  });

  it("records an uncaught exception that the app handles, and leaves it to the app", async () => {
    const { code, told } = await run("handled-exception");
    expect(told.filter((line) => line.startsWith("pushed"))).toEqual(["pushed error uncaughtException"]);
    expect(told).toContain("app saw TypeError: the app looks");
    expect(code).toBe(0);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("flushes on %s and ends by it, when nobody else listens", async (signal) => {
    const ended = await run("signal", signal);
    expect(ended.told).toEqual(["ready", "flushed"]);
    expect([ended.code, ended.signal]).toEqual([null, signal]);
  });

  it("counts as one party, however many copies of it are loaded", async () => {
    const ended = await run("signal-two-copies", "SIGTERM");
    expect(ended.told.toSorted()).toEqual(["copy flushed", "flushed", "ready"]);
    expect([ended.code, ended.signal]).toEqual([null, "SIGTERM"]);
  });

  it("makes way for signal-exit, which waits until all others have left", async () => {
    const ended = await run("signal-exit", "SIGTERM");
    expect(ended.told).toEqual(["ready", "flushed", "signal-exit ran"]);
    expect([ended.code, ended.signal]).toEqual([null, "SIGTERM"]);
  });

  it("flushes on a signal and leaves the end to the app's own handler", async () => {
    const { code, told } = await run("own-signal-handler", "SIGTERM");
    expect(told).toEqual(["ready", "app saw SIGTERM", "flushed", "flushed", "exit 7"]);
    expect(code).toBe(7);
  });
});
