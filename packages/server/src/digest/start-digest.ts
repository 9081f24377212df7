import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { comparePositions, SharedPosition } from "../journal/journal-position.ts";
import type { Journal, JournalPosition } from "../model/journal.ts";
import type { DigestNotice } from "../model/live.ts";
import type { StoreConfig } from "../store/open-store.ts";
import { toRealError } from "../store/store-messages.ts";
import { createDigestStats, type DigestStats } from "./digest-stats.ts";
import type { DigestCommand, DigestReport, DigestWorkerData } from "./worker-messages.ts";

export interface StartDigestOptions {
  store: StoreConfig;
  /** Folder of the journal's segment files. */
  journalFolder: string;
  /** Folder for records that cannot be digested. */
  poisonFolder: string;
  /** Address of the dashboard, for links in alerts. */
  publicUrl: string | null;
  /** A model is configured: issues to explain are ordered from it through the outbox. @default false */
  hasModel?: boolean;
  /** Go on behind damaged journal records. @default false */
  salvage?: boolean;
  /** Journal bytes of one unit. @default 4 MiB */
  maxUnitBytes?: number;
  /** Least time between two small commits. @default 250 */
  gatherMs?: number;
  /** One per project after every commit. */
  onNotice: (notice: DigestNotice) => void;
  /** The digest stands still (a damaged journal); the server stays up for reading. */
  onHalted: (message: string) => void;
  /** The thread has ended by itself, or the store must not be used any more: the process has to end. */
  onFatal: (error: Error) => void;
  log: (level: "info" | "warn" | "error", message: string) => void;
}

/** The main thread's side of the digest. */
export interface DigestHandle {
  /** What the store had committed when it was opened; the journal is opened `after` it. */
  readonly position: JournalPosition | null;
  /** For `openStoreClient`: calls of the store are answered by the digest's thread. */
  readonly storePort: MessagePort;
  /** Tells how far the journal is durable: give it to the journal as `onDurable`. */
  announce(position: JournalPosition): void;
  /** Begins to digest, and releases the journal's segments as they are committed. */
  follow(journal: Pick<Journal, "release"> & { durable(): JournalPosition }): void;
  stats(): DigestStats;
  /** Epoch milliseconds of receipt, at the latest, of the oldest record that waits; null when every durable record is digested. */
  behindSince(): number | null;
  /** How far the store has committed. */
  committed(): JournalPosition | null;
  /** Digests what is durable, for at most `deadlineMs`; the rest is digested at the next start. The store stays open. */
  stop(deadlineMs: number): Promise<{ drained: boolean }>;
  /** Closes the store and ends the thread. */
  close(): Promise<void>;
}

/** Starts the thread that owns the store's writer and consumes the journal. Rejects with the store's own error when that cannot be opened. */
export async function startDigest(options: StartDigestOptions): Promise<DigestHandle> {
  const durable = new SharedPosition();
  const { port1, port2 } = new MessageChannel();
  const data: DigestWorkerData = {
    store: options.store,
    journalFolder: options.journalFolder,
    poisonFolder: options.poisonFolder,
    publicUrl: options.publicUrl,
    hasModel: options.hasModel ?? false,
    salvage: options.salvage ?? false,
    maxUnitBytes: options.maxUnitBytes ?? 4 * 1024 * 1024,
    gatherMs: options.gatherMs ?? 250,
    durable: durable.memory,
    storePort: port2,
  };
  const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: data,
    transferList: [port2],
    name: "gatewatch-digest",
    // A unit is parsed into millions of short-lived values; a larger nursery halves what their collection costs.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const opened = Promise.withResolvers<JournalPosition | null>();
  const stopped = Promise.withResolvers<{ drained: boolean }>();
  const ended = Promise.withResolvers<void>();
  let stats = createDigestStats();
  let committed: JournalPosition | null = null;
  let announced: JournalPosition | null = null;
  let behindSince: number | null = null;
  let journal: Pick<Journal, "release"> | undefined;
  let isOpen = false;
  let closing = false;
  let releasing: Promise<void> = Promise.resolve();

  const release = (position: JournalPosition) => {
    releasing = releasing
      .then(() => journal?.release(position))
      .catch((error: Error) => options.log("warn", `Old journal segments could not be deleted: ${error.message}`));
  };

  worker.on("message", (message: DigestReport) => {
    switch (message.type) {
      case "opened":
        isOpen = true;
        committed = message.position;
        opened.resolve(message.position);
        break;
      case "committed":
        stats = message.stats;
        committed = message.position;
        // What is left came after the oldest record of this unit.
        behindSince = isBehind() ? Date.now() - stats.lagMs : null;
        release(message.position);
        for (const notice of message.notices) options.onNotice(notice);
        break;
      case "log":
        options.log(message.level, message.message);
        break;
      case "halted":
        stats = message.stats;
        if (message.mustEnd) options.onFatal(toRealError({ name: "StoreError", ...message }));
        else options.onHalted(message.message);
        break;
      case "stopped":
        stats = message.stats;
        stopped.resolve({ drained: message.drained });
        break;
      case "closed":
        break;
      default:
        message satisfies never;
    }
  });
  worker.once("error", (error: Error) => {
    if (isOpen && !closing) options.onFatal(error);
    opened.reject(toRealError({ name: error.name, code: codeOf(error), message: error.message }));
  });
  worker.once("exit", () => {
    if (isOpen && !closing) options.onFatal(new Error("The digest's thread has ended by itself."));
    opened.reject(new Error("The digest's thread has ended before the store was open."));
    stopped.resolve({ drained: false });
    ended.resolve();
  });
  const isBehind = () => announced !== null && (committed === null || comparePositions(committed, announced) < 0);
  const announce = (position: JournalPosition) => {
    announced = position;
    durable.set(position);
    if (behindSince === null && isBehind()) behindSince = Date.now();
  };
  const send = (command: DigestCommand) => worker.postMessage(command, []);

  return {
    position: await opened.promise,
    storePort: port1,
    announce,
    follow(given) {
      journal = given;
      announce(given.durable());
      if (committed && comparePositions(committed, given.durable()) <= 0) release(committed);
      send({ type: "follow" });
    },
    stats: () => stats,
    behindSince: () => behindSince,
    committed: () => committed,
    stop(deadlineMs) {
      send({ type: "stop", deadlineMs });
      return stopped.promise;
    },
    async close() {
      closing = true;
      send({ type: "close" });
      await ended.promise;
      await releasing;
      port1.close();
    },
  };
}

function codeOf(error: Error): string | null {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : null;
}
