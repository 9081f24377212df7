import type { JournalPosition } from "../../../model/journal.ts";
import type { Database, WriteTransaction } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";

const KEY = "digest-position";

/** Up to where the journal is in the store; null on a new one. */
export async function readDigestPosition(db: Database): Promise<JournalPosition | null> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", KEY).executeTakeFirst();
  return row ? parseJson<JournalPosition>(row.value) : null;
}

export async function writeDigestPosition(tx: WriteTransaction, position: JournalPosition): Promise<void> {
  const value = JSON.stringify({ segment: position.segment, offset: position.offset });
  await tx
    .insertInto("meta")
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
