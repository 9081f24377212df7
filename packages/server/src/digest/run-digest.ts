import type { Clock } from "../model/clock.ts";
import type { JournalPosition, JournalReader } from "../model/journal.ts";
import type { DigestNotice } from "../model/live.ts";
import type { DigestTx, StoreEngine } from "../model/store.ts";
import { createNoticeBuilder } from "./build-notices.ts";
import { describe, digestEntries } from "./digest-entries.ts";
import { createDigestStats, type DigestStats } from "./digest-stats.ts";
import { createUnit, type DigestUnit } from "./digest-unit.ts";
import { putOnPoisonShelf } from "./poison-shelf.ts";
import type { DigestPorts } from "./ports.ts";
import { ReleaseBudget } from "./release-budget.ts";
import { RouteBudget } from "./route-budget.ts";
import { DIGEST_STAGES, type StageContext } from "./stages.ts";

export interface DigestOptions {
  reader: JournalReader;
  engine: Pick<StoreEngine, "digest" | "digestPosition">;
  ports: DigestPorts;
  clock: Clock;
  /** Where the journal's durable end is told. */
  durable: {
    get(): JournalPosition;
    waitBeyond(known: JournalPosition, timeoutMs: number): Promise<void>;
    wake(): void;
  };
  /** Folder for records that cannot be digested. */
  poisonFolder: string;
  publicUrl: string | null;
  /** After every commit: how far, what the live view is told, what was done so far. */
  onCommit: (position: JournalPosition, notices: DigestNotice[], stats: DigestStats) => void;
  log: (level: "info" | "warn" | "error", message: string) => void;
  /** Journal bytes of one unit. @default 4 MiB */
  maxUnitBytes?: number;
  /** Least time between two commits while there is less than half a unit to do: fewer, larger chunks. @default 250 */
  gatherMs?: number;
  /** @default timers that a stop cuts short */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RunningDigest {
  stats(): DigestStats;
  /** Ends after all that is durable now has been digested, or at the latest after `deadlineMs`. */
  stop(deadlineMs: number): Promise<{ drained: boolean }>;
  /** Rejects when the digest cannot go on: a damaged journal, a store that must not be used any more. */
  done: Promise<void>;
}

/** Consumes the journal from the store's position on: live or after a crash, it is the same loop. */
export function runDigest(options: DigestOptions): RunningDigest {
  const { reader, engine, clock, durable, log, pause = pauseFor } = options;
  const maxUnitBytes = options.maxUnitBytes ?? 4 * 1024 * 1024;
  const gatherMs = options.gatherMs ?? 250;
  const context: StageContext = {
    ports: options.ports,
    routes: new RouteBudget(),
    releases: new ReleaseBudget(),
    publicUrl: options.publicUrl,
  };
  const stats = createDigestStats();
  const buildNotices = createNoticeBuilder();
  const leave = new AbortController();
  let drainTo: JournalPosition | undefined;
  let drained = false;
  let seq = 1;

  async function digestUnit(entries: Parameters<typeof createUnit>[0]): Promise<DigestUnit> {
    const unit = createUnit(entries, clock());
    const startedAt = performance.now();
    let inStages = 0;
    await engine.digest(unit.end, async (tx) => {
      // A store may run the work again; the unit then begins anew.
      Object.assign(unit, createUnit(entries, unit.now));
      inStages += await runStages(unit, tx, context, stats);
    });
    addTime(stats, "commit", performance.now() - startedAt - inStages);
    return unit;
  }

  function onUnit(unit: DigestUnit): void {
    const now = clock();
    const notices = buildNotices(unit, now, seq);
    for (const notice of notices) seq += notice.requests.length;
    stats.units++;
    stats.events += unit.events;
    stats.batches += unit.batches.length;
    stats.duplicates += unit.duplicates;
    stats.lagMs = Math.max(0, ...notices.map((notice) => notice.lagMs));
    options.onCommit(unit.end, notices, stats);
  }

  async function loop(): Promise<void> {
    let position = (await engine.digestPosition()) ?? { segment: 0, offset: 0 };
    let lastUnitAt = Number.NEGATIVE_INFINITY;
    while (!leave.signal.aborted) {
      const known = durable.get();
      const wait = lastUnitAt + gatherMs - performance.now();
      if (wait > 0 && drainTo === undefined && isLessThan(position, known, maxUnitBytes / 2)) {
        await pause(wait, leave.signal).catch(() => {});
        lastUnitAt = Number.NEGATIVE_INFINITY;
        continue;
      }
      const entries = await reader.read(position, maxUnitBytes);
      if (entries.length === 0) {
        if (drainTo !== undefined) {
          drained = true;
          return;
        }
        await durable.waitBeyond(known, 60_000);
        continue;
      }
      lastUnitAt = performance.now();
      position = await digestEntries(entries, position, stats, {
        digestUnit,
        onUnit,
        movePosition: async (to) => {
          await engine.digest(to, async () => {});
          if (to !== position) options.onCommit(to, [], stats);
        },
        putAside: async (entry, error) => {
          const path = await putOnPoisonShelf(options.poisonFolder, entry, error, clock());
          log(
            "error",
            `A batch of project ${entry.projectId} cannot be digested and lies in ${path}: ${describe(error)}`,
          );
        },
        pause: (ms) => pause(ms, leave.signal),
        log,
      });
    }
  }

  const done = loop().catch((error: unknown) => {
    if (leave.signal.aborted) return;
    stats.halted = describe(error);
    log("error", `The digest stands still: ${stats.halted}`);
    throw error;
  });
  done.catch(() => {});
  return {
    stats: () => ({ ...stats, stageMs: { ...stats.stageMs } }),
    done,
    async stop(deadlineMs) {
      drainTo = durable.get();
      durable.wake();
      const timer = setTimeout(() => {
        leave.abort();
        durable.wake();
      }, deadlineMs);
      await done.catch(() => {});
      clearTimeout(timer);
      return { drained };
    },
  };
}

async function runStages(unit: DigestUnit, tx: DigestTx, context: StageContext, stats: DigestStats): Promise<number> {
  const begin = performance.now();
  let last = begin;
  for (const stage of DIGEST_STAGES) {
    await stage.run(unit, tx, context);
    const now = performance.now();
    addTime(stats, stage.name, now - last);
    last = now;
  }
  return last - begin;
}

function addTime(stats: DigestStats, name: string, ms: number): void {
  stats.stageMs[name] = (stats.stageMs[name] ?? 0) + ms;
}

function isLessThan(from: JournalPosition, to: JournalPosition, bytes: number): boolean {
  return from.segment === to.segment && to.offset - from.offset < bytes;
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
