import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { adaptRedisClient } from "./redis/adapt-redis-client.ts";
import { createRedisPort } from "./redis/create-redis-port.ts";
import type { RedisCommand, RedisDriver } from "./redis/redis-driver.ts";
import { RedisResponseStore } from "./redis-response-store.ts";
import type { Found, ResponseAddress, StoredResponse } from "./response-store.ts";

const url = process.env["GATEWATCH_TEST_REDIS_URL"] ?? "";
const PREFIX = "t-cache:";
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => (index * 31) % 256);

function address(path: string, headers: Record<string, string> = {}): ResponseAddress {
  return {
    resource: `http://shop.test${path}`,
    path,
    variantOf: (vary) => vary.map((name) => `${name}:${headers[name] ?? ""}\n`).join(""),
  };
}

function response(changes: Partial<StoredResponse> = {}): StoredResponse {
  return {
    status: 200,
    lines: [["Content-Type", "application/octet-stream"]],
    body: BYTES,
    receivedMs: Date.now(),
    initialAgeMs: 0,
    freshMs: 60_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    traits: 1,
    tags: [],
    ...changes,
  };
}

describe.skipIf(url === "")("responses in Redis", () => {
  const redis = new Redis(url, { lazyConnect: true });
  const nodeRedis = createClient({ url });

  beforeAll(async () => {
    await redis.connect();
    await nodeRedis.connect();
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    redis.disconnect();
    await nodeRedis.close();
  });

  const open = (driver: RedisDriver = adaptRedisClient(redis), deadlineMs = 5000): RedisResponseStore =>
    new RedisResponseStore({
      port: createRedisPort(driver, { deadlineMs }),
      prefix: PREFIX,
      maxVariants: 3,
      leaseMs: 900,
    });

  /** Counts what is sent, and fails or answers nonsense on demand. */
  function spy(): { driver: RedisDriver; sent: RedisCommand[]; mode: "work" | "fail" | "garbage" | "stall" } {
    const inner = adaptRedisClient(redis);
    const state = {
      sent: [] as RedisCommand[],
      mode: "work" as "work" | "fail" | "garbage" | "stall",
      driver: {
        isCluster: false,
        isReady: () => inner.isReady(),
        wake: () => inner.wake(),
        send(command: RedisCommand, key: string, answer: "text" | "bytes"): Promise<unknown> {
          state.sent.push(command);
          if (state.mode === "fail") return Promise.reject(new Error("connection lost"));
          if (state.mode === "garbage") return Promise.resolve("nonsense");
          if (state.mode === "stall") return new Promise(() => undefined);
          return inner.send(command, key, answer);
        },
      },
    };
    return state;
  }

  async function keep(
    store: RedisResponseStore,
    at: ResponseAddress,
    more: Partial<StoredResponse> = {},
    vary: readonly string[] = [],
  ): Promise<Found> {
    const found = await store.lookup(at);
    await store.put(at, vary, response(more), 60_000, found.moment);
    return found;
  }

  for (const [name, client] of [
    ["ioredis", redis],
    ["node-redis", nodeRedis],
  ] as const) {
    it(`gives back every byte, by ${name}, to every process`, async () => {
      await keep(open(adaptRedisClient(client)), address("/a"), { tags: ["shoes"] });
      const { response: found } = await open(adaptRedisClient(client)).lookup(address("/a"));
      expect([...found!.body]).toEqual([...BYTES]);
      expect(found).toMatchObject({
        status: 200,
        tags: ["shoes"],
        lines: [["Content-Type", "application/octet-stream"]],
      });
    });
  }

  it("needs one question for a hit, once it knows what selects the variant", async () => {
    const { driver, sent } = spy();
    const store = open(driver);
    await keep(store, address("/a", { foo: "1" }), {}, ["foo"]);
    const other = spy();
    const fresh = open(other.driver);
    expect((await fresh.lookup(address("/a", { foo: "1" }))).response).toBeDefined();
    sent.length = 0;
    other.sent.length = 0;
    expect((await store.lookup(address("/a", { foo: "1" }))).response).toBeDefined();
    expect((await fresh.lookup(address("/a", { foo: "1" }))).response).toBeDefined();
    expect(sent.filter(([command]) => command !== "time")).toHaveLength(1);
    expect(other.sent.filter(([command]) => command !== "time")).toHaveLength(1);
  });

  it("keeps variants apart, at most so many, and drops them together", async () => {
    const store = open();
    for (const foo of ["1", "2"]) await keep(store, address("/a", { foo }), { status: 200 + Number(foo) }, ["foo"]);
    expect((await store.lookup(address("/a", { foo: "1" }))).response?.status).toBe(201);
    expect((await store.lookup(address("/a", { foo: "2" }))).response?.status).toBe(202);
    for (let foo = 3; foo < 40; foo++) await keep(store, address("/a", { foo: String(foo) }), {}, ["foo"]);
    const [key] = await redis.keys(`*:r`);
    expect(await redis.hlen(key!)).toBeLessThanOrEqual(9);
    await store.drop(address("/a").resource);
    expect((await store.lookup(address("/a", { foo: "39" }))).response).toBeUndefined();
  });

  it("gives every key a life", async () => {
    const store = open();
    const found = await keep(store, address("/a"), { tags: ["x"] }, []);
    await store.acquire(address("/b"), [], found.moment);
    await store.purge({ kind: "tag", tag: "x" });
    await store.drop(address("/c").resource);
    const keys = await redis.keys("*");
    expect(keys.length).toBeGreaterThanOrEqual(5);
    for (const key of keys) expect([key, await redis.pttl(key)]).toEqual([key, expect.any(Number)]);
    const lives = await Promise.all(keys.map((key) => redis.pttl(key)));
    expect(lives.filter((life) => life <= 0)).toEqual([]);
  });

  it.each([
    ["a tag", { kind: "tag", tag: "shoes" } as const, ["/shoes"]],
    ["a path", { kind: "path", path: "/hats", isPrefix: false } as const, ["/hats"]],
    ["a prefix", { kind: "path", path: "/s", isPrefix: true } as const, ["/shoes"]],
    ["everything", { kind: "all" } as const, ["/shoes", "/hats"]],
  ])("purges %s for every process", async (_name, purge, gone) => {
    const [first, second] = [open(), open()];
    const paths = ["/shoes", "/hats"];
    for (const path of paths) await keep(first, address(path), { tags: [path.slice(1)] });
    for (const path of paths) expect((await second.lookup(address(path))).response).toBeDefined();
    await first.purge(purge);
    const late = open();
    for (const store of [first, second, late]) {
      const missing: string[] = [];
      for (const path of paths) if ((await store.lookup(address(path))).response === undefined) missing.push(path);
      expect(missing).toEqual(gone);
    }
    for (const path of paths) await keep(second, address(path), { tags: [path.slice(1)] });
    for (const path of paths) expect((await first.lookup(address(path))).response).toBeDefined();
  });

  it("keeps nothing that was asked for before a purge or a drop by another process", async () => {
    const [first, second] = [open(), open()];
    const before = await first.lookup(address("/a"));
    await second.purge({ kind: "tag", tag: "x" });
    await first.put(address("/a"), [], response({ tags: ["x"] }), 60_000, before.moment);
    expect((await second.lookup(address("/a"))).response).toBeUndefined();
    const again = await first.lookup(address("/a"));
    await second.drop(address("/a").resource);
    await first.put(address("/a"), [], response(), 60_000, again.moment);
    expect((await second.lookup(address("/a"))).response).toBeUndefined();
  });

  it("knows nothing of before when the purges have been lost", async () => {
    const store = open();
    await store.purge({ kind: "tag", tag: "x" });
    await keep(store, address("/a"));
    expect((await store.lookup(address("/a"))).response).toBeDefined();
    await redis.del(`{${PREFIX}purge}:count`, `{${PREFIX}purge}:log`);
    expect((await store.lookup(address("/a"))).response).toBeUndefined();
  });

  it.each([
    ["bytes that are no response", Buffer.from([0, 0, 0, 9, 1, 2])],
    ["a text", Buffer.from("hello")],
    [
      "a head that would break HTTP",
      Buffer.concat([
        Buffer.from([0, 0, 0, 60]),
        Buffer.from('[1,200,[["a","1\\r\\nb: 2"]],1,0,1,0,0,0,[],1,"s"]'.padEnd(60)),
      ]),
    ],
  ])("takes %s for a miss", async (_name, garbage) => {
    const store = open();
    await keep(store, address("/a"));
    const [key] = await redis.keys("*:r");
    await redis.hset(key!, "v", garbage);
    const found = await store.lookup(address("/a"));
    expect(found.response).toBeUndefined();
    expect(store.stats()).toMatchObject({ garbage: 1 });
  });

  it("takes a key of another kind, nonsense, and silence for a miss", async () => {
    const state = spy();
    const store = open(state.driver, 20);
    await keep(store, address("/a"));
    const [key] = await redis.keys("*:r");
    await redis.del(key!);
    await redis.set(key!, "text");
    expect((await store.lookup(address("/a"))).response).toBeUndefined();
    await redis.del(key!);
    for (const mode of ["garbage", "stall", "fail"] as const) {
      state.mode = mode;
      expect((await store.lookup(address("/a"))).response).toBeUndefined();
      await store.put(address("/a"), [], response(), 60_000, { count: 0, generation: "", stamp: "" });
      expect(await store.acquire(address("/a"), [], { count: 0, generation: "", stamp: "" })).toBe("unshared");
    }
    expect(store.stats()["failures"]).toBeGreaterThan(0);
  });

  it("drops what could not be dropped before it is asked again", async () => {
    const state = spy();
    const store = open(state.driver, 50);
    await keep(store, address("/a"));
    state.mode = "fail";
    await store.drop(address("/a").resource);
    await store.purge({ kind: "tag", tag: "x" });
    expect(store.stats()).toMatchObject({ waiting: 2 });
    state.mode = "work";
    await expect.poll(async () => (await store.lookup(address("/b")), store.stats()["waiting"])).toBe(0);
    expect((await store.lookup(address("/a"))).response).toBeUndefined();
    expect((await open().lookup(address("/a"))).response).toBeUndefined();
  });

  it("gives a lease to one, until it ends, is given back, or has brought the answer", async () => {
    const [first, second] = [open(), open()];
    const { moment } = await first.lookup(address("/a"));
    const lease = await first.acquire(address("/a"), [], moment);
    expect(lease).toMatchObject({ token: expect.any(String) });
    expect(await second.acquire(address("/a"), [], moment)).toBe("busy");
    expect(await second.acquire(address("/b"), [], moment)).toMatchObject({ token: expect.any(String) });
    if (typeof lease !== "object") throw new Error("no lease");
    await second.release(address("/a"), [], { token: "another's" }, false);
    expect(await second.acquire(address("/a"), [], moment)).toBe("busy");
    await first.renew(address("/a"), [], lease);
    await first.release(address("/a"), [], lease, true);
    expect(await second.acquire(address("/a"), [], moment)).toBe("unshared");
    await redis.flushall();
    const again = await first.acquire(address("/a"), [], moment);
    if (typeof again !== "object") throw new Error("no lease");
    await first.put(address("/a"), [], response(), 60_000, moment, again);
    expect(await second.acquire(address("/a"), [], moment)).toBe("filled");
    const { moment: later } = await second.lookup(address("/a"));
    expect(await second.acquire(address("/a"), [], later)).toMatchObject({ token: expect.any(String) });
  });
});
