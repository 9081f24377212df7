// A process of its own: for each number of milliseconds that it is told, it parses batches of one shape for so long
// and answers with the CPU time per event in microseconds.
import { makeBatches, type BatchShape } from "../support/make-batches.ts";

const [shape, variety, size] = process.argv.slice(2);
const batches = makeBatches(shape as BatchShape, Number(variety), Number(size), Date.now);
let next = 0;

process.on("message", (forMs: number) => {
  const until = performance.now() + forMs;
  const before = process.cpuUsage();
  let events = 0;
  while (performance.now() < until) {
    const batch = batches[next++ % batches.length]!;
    JSON.parse(batch.bytes.toString());
    events += batch.events;
  }
  const { user, system } = process.cpuUsage(before);
  process.send!((user + system) / events);
});
