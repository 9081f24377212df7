import type { StoreEngine } from "../../model/store.ts";

/** How one engine is opened for the contract; every store that it opened is closed by `cleanUp`. */
export interface StoreHarness {
  /** A new, empty store. */
  open(): Promise<StoreEngine>;
  /** Closes a store and opens the same data again. */
  reopen(store: StoreEngine): Promise<StoreEngine>;
  /** A path for `backup` that does not exist yet. */
  backupTarget(): string;
  /** Opens what `backup` wrote to `path`. */
  openBackup(path: string): Promise<StoreEngine>;
  cleanUp(): Promise<void>;
}

export type CreateHarness = () => Promise<StoreHarness>;
