import { fork } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adaptRedisClient } from "../../redis/adapt-redis-client.ts";
import { createRedisPort } from "../../redis/create-redis-port.ts";
import { describeCounterStore } from "../counter-contract.ts";
import { COUNTING_ALGORITHMS, type CounterRule } from "../counter-store.ts";
import { proveLimits } from "../prove-limits.ts";
import { createRedisCounterStore } from "./create-redis-counter-store.ts";

const url = process.env["GATEWATCH_TEST_REDIS_URL"] ?? "";
const SCHEDULES = Number(process.env["FUZZ_CASES"] ?? 3_000);
const REDIS_CLOCK = "gatewatch-test:clock";
/** A clock that the test turns; the ends of keys still go by the real one. */
const STEERED_TIME = `redis.call('HMGET', '${REDIS_CLOCK}', 's', 'us')`;

const rule = (changes: Partial<CounterRule> = {}): CounterRule => ({
  name: "r",
  algorithm: "sliding-window",
  limit: 5,
  windowMs: 60_000,
  burst: 5,
  ...changes,
});

describe.skipIf(url === "")("counters on Redis", () => {
  const redis = new Redis(url, { lazyConnect: true });
  const nodeRedis = createClient({ url });
  let serial = 0;

  beforeAll(async () => {
    await redis.connect();
    await nodeRedis.connect();
    await redis.flushall();
  });
  afterAll(async () => {
    redis.disconnect();
    await nodeRedis.close();
  });

  const openPort = (client: unknown, deadlineMs = 5_000) => createRedisPort(adaptRedisClient(client), { deadlineMs });

  for (const [name, client] of [
    ["ioredis", redis],
    ["node-redis", nodeRedis],
  ] as const) {
    describeCounterStore(`Redis by ${name}`, async () => {
      let nowMs = Date.now();
      const set = async (): Promise<void> => {
        await redis.hset(REDIS_CLOCK, { s: Math.floor(nowMs / 1000), us: Math.round((nowMs % 1000) * 1000) });
      };
      await set();
      const clock = { now: () => nowMs, monotonicMs: () => nowMs };
      const port = createRedisPort(adaptRedisClient(client), { deadlineMs: 5_000, clock });
      const store = createRedisCounterStore(port, {
        prefix: `t${serial++}:`,
        clock,
        readTime: STEERED_TIME,
      });
      return {
        store,
        async pass(ms) {
          nowMs += ms;
          await set();
        },
      };
    });
  }

  const open = (deadlineMs?: number) => {
    const prefix = `t${serial++}:`;
    const port = openPort(redis, deadlineMs);
    return { prefix, port, store: createRedisCounterStore(port, { prefix }) };
  };

  it(`holds to the brute-force model in ${SCHEDULES} random schedules`, async () => {
    let nowMs = 0;
    const beginMs = Date.now();
    const clock = { now: () => nowMs, monotonicMs: () => nowMs };
    const port = createRedisPort(adaptRedisClient(redis), { deadlineMs: 20_000, clock });
    const store = createRedisCounterStore(port, { prefix: `t${serial++}:`, clock, readTime: STEERED_TIME });
    const proof = await proveLimits({
      schedules: SCHEDULES,
      seed: 20_261_121,
      keysAtOnce: 60,
      // Keys end by the real clock: no window may be shorter than a pause of this machine.
      windowsMs: [60_000, 99_990, 100_000, 3_600_000],
      consume: (rule, key, cost) => store.consume(rule, key, cost),
      async setTime(us) {
        nowMs = us / 1000;
        const epochUs = beginMs * 1000 + us;
        await redis.hset(REDIS_CLOCK, { s: Math.floor(epochUs / 1_000_000), us: epochUs % 1_000_000 });
      },
    });
    expect(proof.complaints).toEqual([]);
    expect(proof.admitted).toBeGreaterThan(proof.calls / 5);
  }, 3_600_000);

  it("gives every key an end", async () => {
    const { store, prefix } = open();
    for (const algorithm of COUNTING_ALGORITHMS) {
      await store.consume(rule({ algorithm }), "a", 1);
      await store.adjust(rule({ algorithm }), "b", 9);
      await store.consume(rule({ algorithm }), "b", 1);
    }
    await store.block("c", 5_000);
    const keys = await redis.keys(`${prefix}*`);
    expect(keys).toHaveLength(9);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it.each(COUNTING_ALGORITHMS)(
    "%s: gives a key that was made immortal its end back, refused or not",
    async (algorithm) => {
      const { store, prefix } = open();
      const counted = rule({ algorithm, limit: 2, burst: 2 });
      await store.consume(counted, "a", 1);
      const [key] = await redis.keys(`${prefix}*`);
      await redis.persist(key!);
      await store.consume(counted, "a", 1);
      expect(await redis.pttl(key!)).toBeGreaterThan(0);
      await redis.persist(key!);
      expect((await store.consume(counted, "a", 1)).allowed).toBe(false);
      expect(await redis.pttl(key!)).toBeGreaterThan(0);
    },
  );

  it.each(COUNTING_ALGORITHMS)("%s: takes a value that is not its own for nothing", async (algorithm) => {
    const { store, prefix } = open();
    const counted = rule({ algorithm });
    await store.consume(counted, "a", 1);
    const [key] = await redis.keys(`${prefix}*`);
    for (const nonsense of ["", "nonsense", "-1", "\u0081\u00a1x", "99999999999999999999"]) {
      await redis.set(key!, nonsense);
      expect(await store.consume(counted, "a", 1)).toMatchObject({ allowed: true, remaining: 4 });
      expect(await redis.pttl(key!)).toBeGreaterThan(0);
    }
  });

  it("decides the calls of one turn in one round trip", async () => {
    const { store, port } = open();
    await port.send(["ping"], "");
    const before = port.stats().sent;
    const verdicts = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => store.consume(rule(), `k${index % 4}`, 1)),
    );
    expect(port.stats().sent - before).toBe(1);
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(20);
  });

  it("answers a refused key without Redis until it may pass again", async () => {
    const { store, port } = open();
    const counted = rule({ limit: 1, burst: 1 });
    await store.consume(counted, "a", 1);
    const first = await store.consume(counted, "a", 1);
    const { sent } = port.stats();
    for (let index = 0; index < 1_000; index++) {
      const verdict = await store.consume(counted, "a", 1);
      expect(verdict.allowed).toBe(false);
      expect(verdict.retryMs).toBeLessThanOrEqual(first.retryMs);
    }
    expect(port.stats().sent).toBe(sent);
    expect(store.stats()["deniedLocally"]).toBe(1_000);
    await store.adjust(counted, "a", -1);
    expect((await store.consume(counted, "a", 1)).allowed).toBe(true);
  });

  it("brings a script back that Redis has forgotten", async () => {
    const { store } = open();
    expect((await store.consume(rule(), "a", 1)).remaining).toBe(4);
    await redis.script("FLUSH");
    expect((await store.consume(rule(), "a", 1)).remaining).toBe(3);
  });

  it("counts nothing for a call that Redis comes to only after everybody has stopped waiting", async () => {
    const { store, port, prefix } = open(50);
    await port.send(["ping"], "");
    await store.consume(rule(), "warm", 1);
    const other = new Redis(url);
    // Redis itself stands still for longer than anybody waits; the commands wait in its socket.
    await other.call("client", "pause", "300", "all");
    await expect(store.consume(rule(), "late", 1)).rejects.toMatchObject({ failure: "timeout" });
    await other.ping();
    other.disconnect();
    await redis.ping();
    expect(await redis.exists(`${prefix}{late}:r:w60000`)).toBe(0);
  });

  it("hears of a block that another process has spoken, and of its end", async () => {
    const { store, prefix } = open();
    const elsewhere = createRedisCounterStore(openPort(nodeRedis), { prefix });
    await elsewhere.block("a", 60_000);
    expect(await store.consume(rule(), "a", 1)).toMatchObject({ allowed: false, blocked: true });
    await store.unblock("a");
    expect(await elsewhere.consume(rule(), "a", 1)).toMatchObject({ allowed: true });
  });

  it.each(COUNTING_ALGORITHMS)("%s: four processes × 500 at once on one Redis admit exactly 100", async (algorithm) => {
    const prefix = `t${serial++}:`;
    const counted = rule({ algorithm, limit: 100, burst: 100, windowMs: 3_600_000 });
    const children = Array.from({ length: 4 }, () =>
      fork(new URL("./consume-stand-in.ts", import.meta.url), [url, prefix, JSON.stringify(counted), "500"], {
        execArgv: ["--conditions=source"],
      }),
    );
    await Promise.all(children.map((child) => once(child, "message")));
    const counts = children.map(async (child) => {
      child.send("go");
      const [allowed] = (await once(child, "message")) as [number];
      return allowed;
    });
    const allowed = await Promise.all(counts);
    expect(allowed.reduce((sum, count) => sum + count, 0)).toBe(100);
  });

  it("leaves no key without an end behind when processes are killed in the middle of it", async () => {
    const prefix = `t${serial++}:`;
    for (let round = 0; round < 8; round++) {
      const algorithm = COUNTING_ALGORITHMS[round % COUNTING_ALGORITHMS.length]!;
      const counted = rule({ algorithm, limit: 1_000, burst: 1_000, windowMs: 600_000 });
      const child = fork(
        new URL("./consume-stand-in.ts", import.meta.url),
        [url, prefix, JSON.stringify(counted), "endless"],
        { execArgv: ["--conditions=source"] },
      );
      await once(child, "message");
      child.send("go");
      await once(child, "message");
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    const keys = await redis.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThan(0);
    const ends = await Promise.all(keys.map((key) => redis.pttl(key)));
    expect(ends.filter((ttlMs) => ttlMs < 0)).toEqual([]);
  });
});
