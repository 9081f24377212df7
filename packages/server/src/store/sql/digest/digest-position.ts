import type { JournalPosition } from "../../../model/journal.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert } from "../statement.ts";
import { parseJson } from "../stored-json.ts";

const KEY = "digest-position";

const writePosition = defineBulkInsert<{ key: string; value: string }>(
  "meta",
  ["key", "value"],
  "on conflict (key) do update set value = excluded.value",
);

/** Up to where the journal is in the store; null on a new one. */
export async function readDigestPosition(db: Database): Promise<JournalPosition | null> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", KEY).executeTakeFirst();
  return row ? parseJson<JournalPosition>(row.value) : null;
}

export async function writeDigestPosition(
  tx: WriteTransaction,
  dialect: SqlDialect,
  position: JournalPosition,
): Promise<void> {
  const { segment, offset } = position;
  await writePosition(tx, dialect, [{ key: KEY, value: JSON.stringify({ segment, offset }) }]);
}
