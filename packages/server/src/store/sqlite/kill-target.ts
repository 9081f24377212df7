// Run by a test as a process of its own: digests units until it is killed, telling each one that was committed.
import { chunk, NOON, DAY_MS, rollup } from "../contract/fixtures.ts";
import { openStoreEngine } from "../open-store.ts";

const [dataDir, units] = process.argv.slice(2);
const store = await openStoreEngine({ engine: "sqlite", dataDir: dataDir! });
const done = (await store.digestPosition())?.offset ?? 0;
for (let offset = done + 1; offset <= Number(units); offset++) {
  const position = { segment: 1, offset };
  await store.digest(position, async (tx) => {
    const id = new Uint8Array(16).fill(offset);
    await tx.addBatches([{ id, projectId: 1, receivedAt: NOON, events: 3 }]);
    await tx.putChunks([chunk(1, position), chunk(1, position, { part: 1, minTime: NOON + DAY_MS })]);
    await tx.addRollups("minute", [rollup(1, [offset, offset, offset])]);
  });
  process.stdout.write(`${offset}\n`);
}
await store.close();
