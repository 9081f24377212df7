import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { toHex } from "./hex.ts";

export type CopyValue = string | number | Uint8Array | null;

/** Writes rows by COPY; the columns are in the order of the table or of `columns` in `target`. */
export async function copyRows(
  client: PoolClient,
  target: string,
  rows: Iterable<readonly CopyValue[]>,
): Promise<void> {
  const stream = client.query(copyFrom(`copy ${target} from stdin`));
  await pipeline(Readable.from(toLines(rows)), stream);
}

function* toLines(rows: Iterable<readonly CopyValue[]>): Generator<string> {
  for (const row of rows) yield `${row.map(toField).join("\t")}\n`;
}

/** Text format of COPY: https://www.postgresql.org/docs/15/sql-copy.html */
function toField(value: CopyValue): string {
  if (value === null) return "\\N";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
  return `\\\\x${toHex(value)}`;
}

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
