import { CACHE_ROWS } from "./cache-rows.ts";
import { COMPRESSION_ROWS } from "./compression-rows.ts";
import { ERROR_ROWS } from "./error-rows.ts";
import { FACT_ROWS } from "./fact-rows.ts";
import { HEADER_ROWS } from "./header-rows.ts";
import { LIMIT_ROWS } from "./limit-rows.ts";
import { ORDER_ROWS } from "./order-rows.ts";
import { REQUEST_ROWS } from "./request-rows.ts";
import { STREAM_ROWS } from "./stream-rows.ts";
import type { LayerRow } from "./row.ts";

/** What is asked of every adapter, from the outermost layer to the innermost, and then of all together. */
export const LAYER_ROWS: readonly LayerRow[] = [
  ...REQUEST_ROWS,
  ...ERROR_ROWS,
  ...HEADER_ROWS,
  ...LIMIT_ROWS,
  ...CACHE_ROWS,
  ...COMPRESSION_ROWS,
  ...FACT_ROWS,
  ...STREAM_ROWS,
  ...ORDER_ROWS,
];
