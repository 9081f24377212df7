// A process of its own for each limiter: what 100,000 keys take of the heap and of array buffers.
import { makeKeys } from "./make-keys.ts";
import { KEYS, MEMORY_VARIANTS } from "./memory-variants.ts";

const variant = MEMORY_VARIANTS.find(({ name }) => name === process.argv[2])!;

function readHeldBytes(): number {
  for (let times = 0; times < 4; times++) globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// What is compiled and cached at the first calls belongs to nobody's keys.
const rehearsal = variant.open();
for (const key of makeKeys(0, 5_000)) await rehearsal.decide(key);
rehearsal.close();

const limiter = variant.open();
const before = readHeldBytes();
for (let start = 0; start < KEYS; start += 1_000) {
  let pending: unknown;
  for (const key of makeKeys(start, 1_000)) pending = limiter.decide(key);
  await pending;
}
process.send!((readHeldBytes() - before) / KEYS, () => process.exit(0));
// Keeps the counters alive until they were measured.
globalThis.setTimeout(() => limiter.close(), 60_000);
