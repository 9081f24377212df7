// A process of its own for each limiter: what one leaves for the garbage collector must not be on another's bill.
import { makeKeys } from "./make-keys.ts";
import { KEYS, MEMORY_VARIANTS } from "./memory-variants.ts";

const limiter = MEMORY_VARIANTS.find(({ name }) => name === process.argv[2])!.open();

/** Nanoseconds of CPU time per decision, over every key once. */
async function measureSlice(): Promise<number> {
  const keys = makeKeys(0, KEYS);
  const before = process.cpuUsage();
  let pending: unknown;
  for (const key of keys) pending = limiter.decide(key);
  await pending;
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / KEYS;
}

process.on("message", () => {
  void measureSlice().then((ns) => process.send!(ns));
});
process.on("disconnect", () => process.exit(0));
