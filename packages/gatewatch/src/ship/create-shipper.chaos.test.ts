import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBatch } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { createClockStandIn } from "./clock-stand-in.ts";
import { createShipper } from "./create-shipper.ts";
import { acceptance, startServerStandIn } from "./server-stand-in.ts";

/** Numbers that look random and are the same in every run. */
function createDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test.each([
  ["stream" as const, true, 1],
  ["stream" as const, true, 2],
  ["stream" as const, false, 3],
  ["http" as const, true, 4],
  ["http" as const, false, 5],
])(
  "over %s (spool: %s) every event arrives once by batch id, whatever the server does",
  async (transport, hasSpool, seed) => {
    const dice = createDice(seed);
    const clock = createClockStandIn(Date.now());
    const folder = mkdtempSync(join(tmpdir(), "gatewatch-chaos-"));
    const server = await startServerStandIn();
    const stored = new Map<string, string[]>();
    let isHealthy = false;
    const store = (batch: NativeBatch): void =>
      void stored.set(
        batch.batch,
        (batch.events ?? []).map((event) => (event.type === "custom" ? event.name : "")),
      );
    server.onPost = (batch, response) => {
      const roll = isHealthy ? 1 : dice();
      if (roll < 0.1) return void response.socket?.destroy();
      if (roll < 0.2) return void response.writeHead(503, { "retry-after": "1" }).end();
      if (roll < 0.3) return void response.end("<html>");
      if (roll < 0.4) return;
      store(batch);
      if (roll < 0.5) return void response.socket?.destroy();
      response.end(JSON.stringify(acceptance(batch)));
    };
    server.onFrame = (batch, socket) => {
      const roll = isHealthy ? 1 : dice();
      const { batch: ack, ...rest } = acceptance(batch);
      if (roll < 0.1) return socket.terminate();
      if (roll < 0.2)
        return socket.send(JSON.stringify({ nack: ack, code: "unavailable", message: "m", retryAfterMs: 500 }));
      if (roll < 0.3) return socket.send("noise");
      if (roll < 0.4) return socket.close(1011);
      store(batch);
      if (roll < 0.5) return socket.terminate();
      socket.send(JSON.stringify({ ack, ...rest }));
    };
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const spool = hasSpool ? { folder } : (false as const);
    const shipper = createShipper({
      url: server.url,
      logger,
      clock,
      random: dice,
      transport,
      spool,
      maxBatchEvents: 5,
    });
    const turn = async (): Promise<void> => {
      clock.advance(Math.floor(dice() * 700));
      for (let index = 0; index < 4; index += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let index = 0; index < 400; index += 1) {
      shipper.push({ type: "custom", time: clock.now(), name: `event-${index}` });
      if (dice() < 0.4) await turn();
      if (index === 150) await server.stop();
      if (index === 220) await server.start();
    }
    isHealthy = true;
    while (shipper.stats().queued + shipper.stats().spooledBatches > 0) await turn();
    expect(shipper.stats()).toMatchObject({ pushed: 400, sent: 400, queued: 0, spooledBatches: 0, dropped: {} });
    const names = [...stored.values()].flat();
    expect(names).toHaveLength(400);
    expect(new Set(names).size).toBe(400);
    await shipper.close(0);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  },
);
