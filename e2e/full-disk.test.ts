import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HealthAnswer } from "@gatewatch/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { poll } from "./support/poll.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";

const DISK_BYTES = 32 * 1024 * 1024;
const mountPoint = mkdtempSync(join(tmpdir(), "gatewatch-disk-"));
const isMounted =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", mountPoint]).status === 0;

if (!isMounted) rmSync(mountPoint, { recursive: true });

/** A real small disk: only root can mount one. */
describe.skipIf(!isMounted)("on a disk of 32 MiB", () => {
  let server: RunningServer;
  let token: string;
  let read: string;

  beforeAll(async () => {
    mkdirSync(join(mountPoint, "data"));
    server = await startGatewatch({ dataDir: join(mountPoint, "data") });
    token = server.command<{ token: string }>("token", "create", "--scope", "ingest").token;
    read = server.command<{ token: string }>("token", "create", "--scope", "read").token;
  });
  afterAll(async () => {
    await server?.stop();
    spawnSync("umount", [mountPoint]);
    rmSync(mountPoint, { recursive: true, force: true });
  });

  async function send(): Promise<{ status: number; retryAfter: string | null }> {
    const time = Date.now();
    const event = { type: "log", time, level: "info", message: "x".repeat(30_000) };
    const response = await fetch(`${server.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ batch: randomUUID(), sentAt: time, events: Array.from({ length: 5 }, () => event) }),
    });
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  }

  test("a full disk is answered with 503 until there is room again; every acknowledged event is digested", async () => {
    let acknowledged = 0;
    const sendOnce = async () => {
      const answer = await send();
      if (answer.status === 200) acknowledged += 5;
      return answer;
    };
    expect((await sendOnce()).status).toBe(200);

    const ballast = join(mountPoint, "ballast");
    expect(() => writeFileSync(ballast, Buffer.alloc(DISK_BYTES))).toThrow("ENOSPC");
    const refused = await poll("a refusal", sendOnce, ({ status }) => status !== 200);
    expect(refused).toEqual({ status: 503, retryAfter: "5" });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);

    rmSync(ballast);
    await poll("an acknowledgement", sendOnce, ({ status }) => status === 200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const health = await poll(
      "the digest",
      async () => {
        const response = await fetch(`${server.url}/api/health`, { headers: { authorization: `Bearer ${read}` } });
        return response.ok ? ((await response.json()) as HealthAnswer) : null;
      },
      (answer) => answer?.journal.lagMs === 0 && answer.digest.events === acknowledged,
    );
    expect(health?.digest).toMatchObject({ poisoned: 0, halted: null });
  });
});
