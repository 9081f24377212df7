import { sql } from "kysely";
import type { BudgetStore } from "../../model/store.ts";
import type { Database } from "./dialect.ts";

/** Reservations are one conditional upsert each, so that no two callers can pass the limit together. */
export function createBudgetStore(db: Database): BudgetStore {
  return {
    async reserve(key, day, calls, wantedMicroUsd, maxCalls, maxMicroUsd) {
      const microUsd = Math.ceil(wantedMicroUsd);
      if (calls > maxCalls || microUsd > maxMicroUsd) return false;
      const row = await db
        .insertInto("budget")
        .values({ key, day, calls, microUsd })
        .onConflict((conflict) =>
          conflict
            .columns(["key", "day"])
            .doUpdateSet({
              calls: sql<number>`budget.calls + ${calls}`,
              microUsd: sql<number>`budget.micro_usd + ${microUsd}`,
            })
            .where(sql<boolean>`budget.calls + ${calls} <= ${maxCalls}`)
            .where(sql<boolean>`budget.micro_usd + ${microUsd} <= ${Math.floor(maxMicroUsd)}`),
        )
        .returning("key")
        .executeTakeFirst();
      return row !== undefined;
    },
    async settle(key, day, reservedMicroUsd, actualMicroUsd) {
      const difference = Math.ceil(actualMicroUsd) - Math.ceil(reservedMicroUsd);
      await db
        .updateTable("budget")
        .set({
          microUsd: sql<number>`case when micro_usd + ${difference} < 0 then 0 else micro_usd + ${difference} end`,
        })
        .where("key", "=", key)
        .where("day", "=", day)
        .execute();
    },
    async spent(key, day) {
      const row = await db
        .selectFrom("budget")
        .select(["calls", "microUsd"])
        .where("key", "=", key)
        .where("day", "=", day)
        .executeTakeFirst();
      return row ?? { calls: 0, microUsd: 0 };
    },
  };
}
