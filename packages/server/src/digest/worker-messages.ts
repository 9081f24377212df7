import type { MessagePort } from "node:worker_threads";
import type { JournalPosition } from "../model/journal.ts";
import type { DigestNotice } from "../model/live.ts";
import type { StoreConfig } from "../store/open-store.ts";
import type { DigestStats } from "./digest-stats.ts";

/** What the digest's thread is started with. */
export interface DigestWorkerData {
  store: StoreConfig;
  journalFolder: string;
  poisonFolder: string;
  publicUrl: string | null;
  hasModel: boolean;
  salvage: boolean;
  maxUnitBytes: number;
  gatherMs: number;
  /** Of the `SharedPosition` that tells the journal's durable end. */
  durable: SharedArrayBuffer;
  /** Calls of the store arrive here. */
  storePort: MessagePort;
}

/** To the digest's thread. */
export type DigestCommand =
  /** The journal is open and its durable end is told. */
  { type: "follow" } | { type: "stop"; deadlineMs: number } | { type: "close" };

/** From the digest's thread. */
export type DigestReport =
  | { type: "opened"; position: JournalPosition | null }
  | { type: "committed"; position: JournalPosition; notices: DigestNotice[]; stats: DigestStats }
  | { type: "log"; level: "info" | "warn" | "error"; message: string }
  /** It cannot go on; with `mustEnd` the process has to end, else what is stored stays readable. */
  | { type: "halted"; code: string | null; message: string; mustEnd: boolean; stats: DigestStats }
  | { type: "stopped"; drained: boolean; stats: DigestStats }
  | { type: "closed" };
