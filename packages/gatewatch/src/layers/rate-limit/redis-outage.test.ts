import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MODES } from "../../state/counters/redis/counter-script.ts";
import { createRedisDriverStandIn, createReplyError, never } from "../../state/redis/redis-driver-stand-in.ts";
import { createLimitUnderTest } from "./limit-stand-in.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const time = ["1800000000", "0"];
const SHIFT = MODES.shift;
const systemClock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/** Answers the script as Redis does: each call admitted, 7 units left. */
function admitAll(command: readonly unknown[]): unknown {
  if (command[0] === "time") return time;
  const calls = Number(command[2]) / 2;
  return [1, 1_800_000_000_000_000, ...Array.from({ length: calls }, () => [1, 7, 60_000_000, 0]).flat()];
}

function open(given: Parameters<typeof createLimitUnderTest>[0] = {}) {
  const redis = createRedisDriverStandIn(admitAll);
  const limit = createLimitUnderTest(
    { store: "redis", limit: 3, algorithm: "fixed-window", ...given },
    { redis, clock: systemClock },
  );
  const counts = () => limit.layer.stats!();
  return { redis, counts, ...limit };
}

/** Lets the turn of the event loop pass in which calls are sent and answered. */
const turn = () => vi.advanceTimersByTimeAsync(0);

async function settle<T>(pending: Promise<T>, ms = 0): Promise<T> {
  await vi.advanceTimersByTimeAsync(ms);
  return pending;
}

describe("with Redis", () => {
  it("counts there while it answers", async () => {
    const { request, counts } = open();
    const answer = await settle(request());
    expect(answer.headers["X-RateLimit-Remaining"]).toBe("7");
    expect(counts()).toMatchObject({ insured: 0, redisCalls: 1 });
  });

  it.each([
    ["is silent", never],
    [
      "breaks off in the middle of a request",
      () => {
        throw new Error("Connection is closed.");
      },
    ],
    [
      "answers with an error",
      () => {
        throw createReplyError("OOM command not allowed");
      },
    ],
    ["answers a number", () => 7],
    ["answers nothing", () => null],
    ["answers a text", () => "OK"],
    ["answers an empty list", () => []],
    ["answers too few numbers", () => [1, 1_800_000_000_000_000, 1, 7]],
    ["answers too many numbers", () => [1, 1_800_000_000_000_000, 1, 7, 60, 0, 1, 7, 60, 0]],
    ["answers words for numbers", () => [1, 1_800_000_000_000_000, "yes", "no", "maybe", "so"]],
    ["answers nested lists", () => [1, 1_800_000_000_000_000, [1], [7], [[]], {}]],
    ["says that it came too late", () => [0, 1_800_000_000_000_000]],
  ])("lets this process count once Redis %s", async (_name, reply) => {
    const { request, redis, counts } = open();
    redis.reply = (command) => (command[0] === "time" ? time : reply());
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await settle(request(), 52)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(counts()["insured"]).toBe(5);
  });

  it("holds no request longer than its limit, and the next ones not at all", async () => {
    const { request, redis, counts } = open({ redisTimeoutMs: 30 });
    await turn();
    redis.reply = never;
    let isAnswered = false;
    const slow = request().then((answer) => {
      isAnswered = true;
      return answer;
    });
    await vi.advanceTimersByTimeAsync(29);
    expect(isAnswered).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(isAnswered).toBe(true);
    expect((await slow).status).toBe(200);
    // No time passes any more.
    for (let index = 0; index < 100; index++) await request();
    expect(counts()).toMatchObject({ insured: 101, redisTimeouts: 1, redisDown: 1 });
  });

  it("goes back to Redis by itself, and says both once", async () => {
    const { request, redis, notices, counts } = open();
    await turn();
    redis.isConnected = false;
    for (let index = 0; index < 3; index++) await request();
    redis.isConnected = true;
    await request();
    await turn();
    const back = await settle(request());
    expect(back.headers["X-RateLimit-Remaining"]).toBe("7");
    expect(notices.map(({ code, level }) => `${level} ${code}`)).toEqual([
      "warn limit_store_away",
      "info limit_store_back",
    ]);
    expect(counts()["redisDown"]).toBe(0);
  });

  it("never puts a command into the queue of a client that is not connected", async () => {
    const { request, redis } = open();
    await turn();
    redis.isConnected = false;
    redis.sent.length = 0;
    for (let index = 0; index < 50; index++) await request();
    expect(redis.sent).toEqual([]);
  });

  it("grants its share of each limit while Redis is away", async () => {
    const { requests, redis } = open({ limit: 20, localShare: 0.25 });
    redis.isConnected = false;
    expect((await requests(20)).filter((status) => status === 200)).toHaveLength(5);
  });

  it("lets everything pass with failMode open", async () => {
    const { request, redis, counts } = open({ failMode: "open" });
    redis.isConnected = false;
    for (let index = 0; index < 10; index++) expect(await request()).toMatchObject({ status: 200, headers: {} });
    expect(counts()).toMatchObject({ uncounted: 10, redisAway: 0 });
  });

  it("answers 503 with failMode closed", async () => {
    const { request, redis, counts } = open({ failMode: "closed" });
    redis.isConnected = false;
    const answer = await request();
    expect(answer).toMatchObject({ status: 503, headers: { "Retry-After": "1" } });
    expect(JSON.parse(answer.body)).toMatchObject({
      error: "Service unavailable",
      retry_after: 1,
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
    });
    expect(counts()["uncounted"]).toBe(1);
  });

  it("a block holds in this process at once, and the app hears that the others do not know of it", async () => {
    const { layer, redis, requests } = open();
    await turn();
    redis.isConnected = false;
    await expect(layer.limits.block("203.0.113.9", 10_000)).rejects.toMatchObject({ failure: "away" });
    expect(await requests(1)).toEqual([429]);
  });

  it("tells of penalties that got lost", async () => {
    const { request, redis, counts } = open({ penaltyOn: ["401"], failMode: "open" });
    await turn();
    redis.reply = (command) => (command.at(-2) === SHIFT ? never() : admitAll(command));
    await settle(request({ status: 401 }), 60);
    expect(counts()["adjustFailures"]).toBe(1);
  });
});
