import { makeBatches, stampBatch } from "../support/make-batches.ts";
import { openRawClient } from "../support/raw-client.ts";
import type { LanguageLoad } from "./measure-languages.ts";

/** The id of a batch stands first. */
const ID_OFFSET = '{"batch":"'.length;

/** Errors of this project's own middleware, one a request as those of the other languages come. */
export const NATIVE_LOADS: readonly LanguageLoad[] = (["6 KB", "50 KB"] as const).map((size) => ({
  name: `native errors of ${size}, one a request`,
  events: 1,
  make: () => makeBatches(`errors, ${size}`, 1, 1, Date.now)[0]!.bytes,
  stamp: (bytes) => stampBatch({ bytes, events: 1, idOffset: ID_OFFSET }),
  open: (url, token) => openRawClient(url, "/v1/events", token),
}));
