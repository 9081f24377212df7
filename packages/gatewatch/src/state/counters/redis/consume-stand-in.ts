// A process that counts on one Redis together with others, for tests.
import { Redis } from "ioredis";
import { adaptRedisClient } from "../../redis/adapt-redis-client.ts";
import { createRedisPort } from "../../redis/create-redis-port.ts";
import type { CounterRule } from "../counter-store.ts";
import { createRedisCounterStore } from "./create-redis-counter-store.ts";

const [url, prefix, ruleText, mode] = process.argv.slice(2) as [string, string, string, string];
const rule = JSON.parse(ruleText) as CounterRule;
const redis = new Redis(url);
const port = createRedisPort(adaptRedisClient(redis), { deadlineMs: 30_000 });
const store = createRedisCounterStore(port, { prefix });
const tell = (message: unknown): void => void process.send!(message);

async function consumeAtOnce(times: number): Promise<void> {
  const verdicts = await Promise.all(Array.from({ length: times }, async () => store.consume(rule, "shared", 1)));
  tell(verdicts.filter(({ allowed }) => allowed).length);
  redis.disconnect();
  process.disconnect();
}

async function consumeForEver(): Promise<void> {
  for (let turn = 0; ; turn++) {
    await Promise.all(Array.from({ length: 50 }, async (_, index) => store.consume(rule, `k${turn} ${index}`, 1)));
    if (turn === 20) tell("in the middle of it");
  }
}

process.on("message", () => void (mode === "endless" ? consumeForEver() : consumeAtOnce(Number(mode))));
await redis.ping();
tell("ready");
