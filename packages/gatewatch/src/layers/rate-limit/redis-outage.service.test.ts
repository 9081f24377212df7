import { once } from "node:events";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../gate/clock.ts";
import { adaptRedisClient } from "../../state/redis/adapt-redis-client.ts";
import { type RedisProxyStandIn, startRedisProxyStandIn } from "../../state/redis/redis-proxy-stand-in.ts";
import { createLimitUnderTest, type LimitUnderTest } from "./limit-stand-in.ts";

const url = process.env["GATEWATCH_TEST_REDIS_URL"] ?? "";

interface Client {
  client: unknown;
  close(): void;
}

const CLIENTS: [string, (address: string) => Promise<Client>][] = [
  [
    "ioredis with its defaults",
    async (address) => {
      const client = new Redis(address);
      client.on("error", () => undefined);
      await once(client, "ready");
      return { client, close: () => client.disconnect() };
    },
  ],
  [
    "node-redis with its defaults",
    async (address) => {
      const client = createClient({ url: address });
      client.on("error", () => undefined);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  ],
];

let serial = 0;

/** Requests, one after the other, until something has happened. */
async function requestUntil(limit: LimitUnderTest, hasHappened: () => boolean): Promise<void> {
  while (!hasHappened()) {
    await limit.request({ clientAddress: "192.0.2.99" });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.skipIf(url === "").each(CLIENTS)("limits on a Redis that fails, by %s", (_name, connect) => {
  let proxy: RedisProxyStandIn;
  let open: Client;
  let limit: LimitUnderTest;
  let prefix: string;
  const count = (name: string): number => limit.layer.stats!()[name]!;
  const isBack = (): boolean => limit.notices.some(({ code }) => code === "limit_store_back");

  beforeEach(async () => {
    proxy = await startRedisProxyStandIn(url);
    open = await connect(proxy.url);
    prefix = `outage${process.pid}-${serial++}:`;
    limit = createLimitUnderTest(
      { store: "redis", limit: 3, windowMs: 600_000, redisPrefix: prefix, redisTimeoutMs: 250 },
      { redis: adaptRedisClient(open.client), clock: SYSTEM_CLOCK },
    );
    // Until Redis has answered once, and its clock is known.
    let insured = 0;
    await requestUntil(limit, () => {
      const isCounted = count("redisCalls") > 0 && count("insured") === insured;
      insured = count("insured");
      return isCounted;
    });
    limit.notices.length = 0;
  });
  afterEach(async () => {
    open.close();
    await proxy.stop();
  });

  const failures: [string, () => void, () => void][] = [
    ["that stalls", () => proxy.stall(), () => proxy.resume()],
    ["that is killed in the middle of requests", () => proxy.kill(), () => proxy.revive()],
    ["that answers garbage", () => proxy.answer("*1\r\n$3\r\nfoo\r\n"), () => proxy.revive()],
    [
      "that answers what is no protocol",
      () => proxy.answer("HTTP/1.1 400 Bad Request\r\n\r\n"),
      () => {
        // A client may keep such a connection; it is not ours to close.
        proxy.kill();
        proxy.revive();
      },
    ],
    [
      "that answers with errors",
      () => proxy.answer("-LOADING Redis is loading the dataset in memory\r\n"),
      () => proxy.revive(),
    ],
  ];

  it.each(failures)("%s: this process counts, and Redis counts again by itself", async (_name, fail, mend) => {
    const insured = count("insured");
    fail();
    expect(await limit.requests(5, { clientAddress: "192.0.2.1" })).toEqual([200, 200, 200, 429, 429]);
    expect(count("insured") - insured).toBe(5);
    mend();
    const before = count("redisCalls");
    await requestUntil(limit, () => count("redisDown") === 0 && count("redisCalls") > before);
    const last = count("insured");
    expect(await limit.requests(5, { clientAddress: "192.0.2.2" })).toEqual([200, 200, 200, 429, 429]);
    expect(count("insured")).toBe(last);
  });

  it("what was given up while Redis stalled counts nothing once it goes on", async () => {
    proxy.stall();
    await Promise.all(Array.from({ length: 3 }, () => limit.request({ clientAddress: "192.0.2.3" })));
    proxy.resume();
    await requestUntil(limit, isBack);
    expect(await limit.layer.limits.peek("192.0.2.3")).toMatchObject({ remaining: 3 });
  });

  it("what was given up when the connection broke counts nothing, even if the client sends it again", async () => {
    proxy.stall();
    const pending = Promise.all(Array.from({ length: 3 }, () => limit.request({ clientAddress: "192.0.2.4" })));
    await pending;
    proxy.kill();
    proxy.resume();
    proxy.revive();
    await requestUntil(limit, isBack);
    expect(await limit.layer.limits.peek("192.0.2.4")).toMatchObject({ remaining: 3 });
  });
});
