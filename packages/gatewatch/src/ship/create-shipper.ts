import { AsyncLocalStorage } from "node:async_hooks";
import type { DropReason } from "@gatewatch/protocol";
import type { Batch, SendResult, Transport } from "./batch.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { countWaiting } from "./count-waiting.ts";
import { createAlarm } from "./create-alarm.ts";
import { createDropCounter } from "./drop-counter.ts";
import { encodeBatch } from "./encode-batch.ts";
import { createEventQueue } from "./event-queue.ts";
import { createServerTransport } from "./create-server-transport.ts";
import { createPoisonFinder } from "./find-poison.ts";
import { keepSpool } from "./keep-spool.ts";
import type { ShipperOptions } from "./shipper-options.ts";
import { createShipperNotices } from "./shipper-notices.ts";
import { resolveShipperSettings } from "./shipper-settings.ts";
import type { Sink } from "./sink.ts";
import { splitBatch } from "./split-batch.ts";
import type { SpoolEntry } from "./spool.ts";
import { createUuidV7 } from "./uuid-v7.ts";
import { isBatchFull, whenDue } from "./when-due.ts";

/** The sink that brings events to the Gatewatch server. */
export interface Shipper extends Sink {
  /** Writes all that is in memory to the spool without waiting; for a process that is about to end. */
  spillSync(): void;
  /** Counts a drop that happened before the queue, so that the server hears of it. */
  countDrop(reason: DropReason, count: number): void;
}

/**
 * Builds the way to the server. What cannot be used, such as a spool folder, is said once through the logger.
 * @throws TypeError for an address that is not `http:` or `https:`.
 */
export function createShipper(options: ShipperOptions, transport: Transport = createServerTransport(options)): Shipper {
  const settings = resolveShipperSettings(options);
  const { clock } = settings;
  const notices = createShipperNotices(settings.logger, settings.url);
  const drops = createDropCounter();
  const queue = createEventQueue({
    maxEvents: settings.maxQueueEvents,
    maxBytes: settings.maxQueueBytes,
    countDrop: drops.add,
  });
  const breaker = createCircuitBreaker({ ...settings, now: clock.now });
  // Timers started inside a request would otherwise hold on to its context.
  const runOutside = AsyncLocalStorage.snapshot();
  const inFlight = new Map<string, Batch>();
  /** Those of them that are on disk as well. */
  const replayed = new Set<string>();
  /** Waiting in memory for another attempt, because there is no spool. */
  let retries: Batch[] = [];
  let pushed = 0;
  let sent = 0;
  let lastError: string | null = null;
  let stopped = false;
  let closed = false;
  let hurried = 0;
  let isPumping = false;
  let pumpAgain = false;
  const alarm = createAlarm(clock, pump);
  let settledWaiters: (() => void)[] = [];
  const isPoison = createPoisonFinder();
  const onTrouble = notices.trouble;
  const onAdopted = (): void => schedule(0);
  const spool = settings.spool && keepSpool({ ...settings.spool, clock, countDrop: drops.add, onTrouble, onAdopted });

  function canSpool(): boolean {
    return spool !== undefined && spool.canWrite();
  }

  /** How many more batches may leave now. */
  function freeSlots(): number {
    if (stopped) return 0;
    const state = breaker.state();
    const limit = state === "closed" ? settings.maxInFlight : state === "half-open" ? 1 : 0;
    return limit - inFlight.size;
  }

  function dueAt(): number {
    return hurried > 0 && queue.size > 0 ? 0 : whenDue(queue, settings);
  }

  function takeBatch(): Batch {
    const now = clock.now();
    const items = queue.take(settings.maxBatchEvents, settings.maxBatchBytes);
    return encodeBatch(createUuidV7(now), now, items, settings.resource, drops.take());
  }

  function schedule(atMs: number): void {
    if (atMs < alarm.at) runOutside(() => alarm.set(atMs));
  }

  function pump(): void {
    pumpAgain = true;
    if (isPumping) return;
    isPumping = true;
    runOutside(() => void runPump());
  }

  async function runPump(): Promise<void> {
    try {
      while (pumpAgain) {
        pumpAgain = false;
        await step();
      }
    } catch (error) {
      lastError = describe(error);
      notices.failed(lastError);
    } finally {
      isPumping = false;
    }
    const waitsForServer = retries.length > 0 || (spool?.batches ?? 0) > 0;
    if (!stopped && waitsForServer && breaker.state() === "open") schedule(breaker.retryAt());
    if (canTake()) schedule(dueAt());
    else if (!stopped && queue.size > 0 && breaker.state() === "open") schedule(breaker.retryAt());
    if (isIdle()) for (const resolve of settledWaiters.splice(0)) resolve();
  }

  /** Order matters: memory is put away first, then the oldest go out. */
  async function step(): Promise<void> {
    while (canTake() && dueAt() <= clock.now()) {
      if (mustSpool()) await store(takeBatch());
      else launch(takeBatch());
    }
    while (retries.length > 0 && freeSlots() > 0) launch(retries.shift() as Batch);
    // One at a time: only so do they arrive in order.
    while (replayed.size === 0 && freeSlots() > 0) {
      const entry = spool?.oldest();
      if (entry === undefined) break;
      const batch = await spool?.read(entry);
      if (batch !== undefined) launch(batch, entry);
    }
  }

  /** While older batches wait on disk, newer ones queue up behind them. */
  function mustSpool(): boolean {
    if (!canSpool()) return false;
    return stopped || breaker.state() !== "closed" || (spool?.batches ?? 0) > 0;
  }

  function canTake(): boolean {
    if (stopped) return false;
    return mustSpool() || (retries.length === 0 && freeSlots() > 0);
  }

  async function store(batch: Batch): Promise<void> {
    inFlight.set(batch.id, batch);
    const isWritten = (await spool?.write(batch)) ?? false;
    inFlight.delete(batch.id);
    if (!isWritten) keepInMemory(batch);
  }

  function keepInMemory(batch: Batch): void {
    retries.push(batch);
    retries.sort((a, b) => (a.id < b.id ? -1 : 1));
    while (retries.length > settings.maxInFlight * 2) giveUp(retries.shift() as Batch, "spool_failed");
  }

  function giveUp(batch: Batch, reason: DropReason): void {
    drops.restore(batch.drops);
    drops.add(reason, batch.events);
  }

  function launch(batch: Batch, entry?: SpoolEntry): void {
    inFlight.set(batch.id, batch);
    if (entry !== undefined) replayed.add(batch.id);
    transport
      .send(batch)
      .catch((error: unknown): SendResult => ({ kind: "retry", message: describe(error) }))
      .then((result) => settle(batch, entry, result))
      .catch((error: unknown) => void (lastError = describe(error)))
      .finally(() => {
        inFlight.delete(batch.id);
        replayed.delete(batch.id);
        pump();
      });
  }

  async function settle(batch: Batch, entry: SpoolEntry | undefined, result: SendResult): Promise<void> {
    if (result.kind === "delivered") {
      sent += batch.events - result.rejected;
      drops.add("rejected", result.rejected);
      notices.sent(batch);
      if (result.rejected > 0) notices.refusedSome(batch, result.rejected);
    } else {
      lastError = result.message;
    }
    switch (result.kind) {
      case "retry":
        if (result.suspect === true && isPoison(batch.id)) {
          refuse(batch, result.message);
          break;
        }
        if (breaker.fail(result.afterMs)) notices.away(result.message, canSpool());
        if (entry === undefined) await putBack(batch);
        return;
      case "unauthorized":
        stop(result.message);
        if (entry === undefined) await putBack(batch);
        return;
      case "tooLarge": {
        const halves = splitBatch(batch, () => createUuidV7(clock.now()));
        if (halves === undefined) refuse(batch, result.message);
        else for (const half of halves) await putBack(half);
        break;
      }
      case "refused":
        refuse(batch, result.message);
        break;
      case "delivered":
        break;
    }
    if (breaker.succeed()) notices.back();
    if (entry !== undefined) await spool?.remove(entry);
  }

  function refuse(batch: Batch, message: string): void {
    giveUp(batch, "rejected");
    notices.refusedForGood(batch, message);
  }

  async function putBack(batch: Batch): Promise<void> {
    if (closed) return;
    if (canSpool()) await store(batch);
    else if (stopped) giveUp(batch, "unauthorized");
    else keepInMemory(batch);
  }

  function stop(message: string): void {
    if (stopped) return;
    stopped = true;
    notices.unauthorized(message);
    dropQueued("unauthorized");
  }

  function dropQueued(reason: DropReason): void {
    for (let items = queue.take(1_000, Infinity); items.length > 0; items = queue.take(1_000, Infinity))
      drops.add(reason, items.length);
    for (const batch of retries.splice(0)) giveUp(batch, reason);
  }

  /** Nothing is left in memory. */
  function isIdle(): boolean {
    return queue.size === 0 && retries.length === 0 && inFlight.size === replayed.size;
  }

  async function flush(deadlineMs: number): Promise<boolean> {
    if (isIdle()) return true;
    hurried += 1;
    breaker.probe();
    try {
      return await new Promise<boolean>((resolve) => {
        const deadline = clock.after(Math.max(0, deadlineMs), () => resolve(isIdle()), true);
        settledWaiters.push(() => {
          deadline.cancel();
          resolve(true);
        });
        pump();
      });
    } finally {
      hurried -= 1;
    }
  }

  function spillSync(): void {
    if (spool === undefined) return;
    const batches = [...[...inFlight.values()].filter((batch) => !replayed.has(batch.id)), ...retries.splice(0)];
    while (queue.size > 0) batches.push(takeBatch());
    for (const batch of batches) if (!spool.writeSync(batch)) giveUp(batch, "spool_failed");
  }

  return {
    name: "server",
    push(event) {
      if (closed || stopped) return drops.add(closed ? "shutdown_deadline" : "unauthorized", 1);
      pushed += 1;
      const now = clock.now();
      queue.push(event, now);
      // The common case: the timer of an older event takes this one along.
      const delayMs = event.type === "error" ? settings.errorDelayMs : settings.batchDelayMs;
      if (hurried === 0 && alarm.at <= now + delayMs && !isBatchFull(queue, settings)) return;
      if (!canTake()) return;
      const due = dueAt();
      if (due === 0) pump();
      else schedule(due);
    },
    flush,
    async close(deadlineMs) {
      if (closed) return;
      const flushed = await flush(deadlineMs);
      closed = true;
      if (!flushed) {
        spillSync();
        dropQueued("shutdown_deadline");
        if (spool === undefined) for (const batch of inFlight.values()) giveUp(batch, "shutdown_deadline");
      }
      alarm.cancel();
      stopped = true;
      transport.close();
      spool?.close();
      const lost = drops.totals().shutdown_deadline ?? 0;
      if (lost > 0) notices.lost(lost);
    },
    spillSync,
    countDrop: drops.add,
    stats() {
      const held = [...retries, ...inFlight.values()];
      return {
        pushed,
        sent,
        queued: queue.size + countWaiting(held.filter(({ id }) => !replayed.has(id))).events,
        queuedBytes: queue.bytes + countWaiting(held).bytes,
        spooledBatches: spool?.batches ?? 0,
        dropped: drops.totals(),
        circuit: breaker.state(),
        lastError,
      };
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
