import type { Batch } from "./batch.ts";
import type { Timer } from "./clock.ts";
import { openSpool, type OpenSpoolOptions, type SpoolEntry } from "./spool.ts";

/** The spool as long as it works: a folder that cannot be written is left alone for a while, and told of once. */
export interface SpoolKeeper {
  /** Whether batches may be written now. */
  canWrite(): boolean;
  /** False when it could not be written. */
  write(batch: Batch): Promise<boolean>;
  writeSync(batch: Batch): boolean;
  oldest(): SpoolEntry | undefined;
  read(entry: SpoolEntry): Promise<Batch | undefined>;
  remove(entry: SpoolEntry): Promise<void>;
  readonly batches: number;
  close(): void;
}

export interface KeepSpoolOptions extends OpenSpoolOptions {
  /** Once. */
  onTrouble(message: string): void;
  /** Batches of dead processes were found. */
  onAdopted(): void;
}

const PAUSE_MS = 60_000;
const ADOPT_EVERY_MS = 30_000;

/** Undefined when the folder cannot be used at all. */
export function keepSpool(options: KeepSpoolOptions): SpoolKeeper | undefined {
  const { clock, folder } = options;
  let hasSaid = false;
  let pausedUntil = 0;
  let timer: Timer | undefined;

  function complain(error: unknown): void {
    if (hasSaid) return;
    hasSaid = true;
    const reason = error instanceof Error ? error.message : String(error);
    options.onTrouble(`Cannot write the spool folder ${folder} (${reason}); events wait in memory only.`);
  }

  function tryOpen(): ReturnType<typeof openSpool> | undefined {
    try {
      return openSpool(options);
    } catch (error) {
      complain(error);
      return undefined;
    }
  }

  const spool = tryOpen();
  if (spool === undefined) return undefined;

  function adopt(): void {
    const before = spool?.batches ?? 0;
    spool?.adoptOrphans();
    if ((spool?.batches ?? 0) > before) options.onAdopted();
    timer = clock.after(ADOPT_EVERY_MS, adopt);
  }

  adopt();
  return {
    canWrite: () => clock.now() >= pausedUntil,
    async write(batch) {
      try {
        await spool.write(batch);
        return true;
      } catch (error) {
        pausedUntil = clock.now() + PAUSE_MS;
        complain(error);
        return false;
      }
    },
    writeSync: (batch) => spool.writeSync(batch),
    oldest: () => spool.oldest(),
    read: (entry) => spool.read(entry),
    remove: (entry) => spool.remove(entry),
    get batches() {
      return spool.batches;
    },
    close() {
      timer?.cancel();
      spool.close();
    },
  };
}
