import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { holdDataLock } from "../hold-data-lock.ts";

const BIN = resolve(import.meta.dirname, "../../bin/gatewatch.mjs");

test("the server ends with the launcher that started it, even when that is killed", { timeout: 30_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "gatewatch-launch-"));
  const launcher = spawn(process.execPath, [BIN, "start", "--json", "--port", "0", "--data", dataDir], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, DATABASE_URL: undefined },
  });
  let serverPid: number | undefined;
  try {
    const [line] = (await once(createInterface({ input: launcher.stdout }), "line")) as [string];
    serverPid = (JSON.parse(line) as { pid: number }).pid;
    expect(serverPid).not.toBe(launcher.pid);
    launcher.kill("SIGKILL");
    // The server holds the other end of this stream: it closes when that is gone, too.
    await once(launcher, "close");
    serverPid = undefined;
    holdDataLock(dataDir)();
  } finally {
    launcher.kill("SIGKILL");
    if (serverPid !== undefined) process.kill(serverPid, "SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  }
});
