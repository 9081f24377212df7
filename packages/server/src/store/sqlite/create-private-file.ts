import { closeSync, openSync } from "node:fs";
import { StoreError } from "../store-error.ts";

/** Makes an empty file that only its owner may read, unless there is one; SQLite gives its side files the same mode. */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new StoreError("store_unwritable", `The file ${path} cannot be written.`, { cause: error });
  }
}
