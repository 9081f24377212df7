// Sends at a fixed rate from a thread of its own, so that making and sending batches delays no measured question.
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { makeBatches } from "../support/make-batches.ts";
import { openRawClient } from "../support/raw-client.ts";
import { stampBatchAt } from "./spread-batch.ts";

const BATCH = 500;
const { url, token, perSecond } = workerData as { url: string; token: string; perSecond: number };

const start = Date.now();
let time = start;
const batches = makeBatches("requests, columns", 40, BATCH, () => (time += 1));
const client = await openRawClient(url, "/v1/events", token);
const stop = new AbortController();
parentPort!.once("message", () => stop.abort());
const startedAt = performance.now();
let events = 0;
for (let index = 0; !stop.signal.aborted; index++) {
  const status = await client.post(stampBatchAt(batches[index % batches.length]!, Date.now()));
  if (status === 200) events += BATCH;
  const aheadMs = ((index + 1) * BATCH * 1000) / perSecond - (performance.now() - startedAt);
  if (aheadMs > 0) await delay(aheadMs);
}
client.close();
parentPort!.postMessage(events / ((performance.now() - startedAt) / 1000), []);
