import type { Attributes } from "@gatewatch/protocol";
import { type Selectable, sql } from "kysely";
import type { OutboxRow } from "../../model/alert.ts";
import type { OutboxStore } from "../../model/store.ts";
import type { Database, SqlDialect } from "./dialect.ts";
import { parseJson } from "./stored-json.ts";
import type { Tables } from "./tables.ts";

/** Claiming counts as an attempt, so that a row which kills its worker is not tried for ever. */
export function createOutboxStore(db: Database, dialect: SqlDialect): OutboxStore {
  return {
    async claim(kinds, now, leaseMs, limit) {
      if (kinds.length === 0 || limit <= 0) return [];
      const rows = await db
        .updateTable("outbox")
        .set((eb) => ({ leaseUntil: now + leaseMs, attempts: eb("attempts", "+", 1) }))
        .where(
          "id",
          "in",
          sql<string>`(
            select id from outbox
            where state = 'waiting' and due_at <= ${now} and (lease_until is null or lease_until <= ${now})
              and ${dialect.isOneOf(sql.ref("kind"), kinds)}
            order by due_at, id limit ${limit} ${sql.raw(dialect.skipLocked)})`,
        )
        .returningAll()
        .execute();
      return rows.map(toOutboxRow).sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
    },
    async complete(id, at) {
      await db
        .updateTable("outbox")
        .set({ state: "delivered", leaseUntil: null, lastError: null, doneAt: at })
        .where("id", "=", id)
        .execute();
    },
    async retry(id, dueAt, error) {
      await db
        .updateTable("outbox")
        .set({ state: "waiting", leaseUntil: null, dueAt, lastError: error })
        .where("id", "=", id)
        .execute();
    },
    async bury(id, error) {
      await db
        .updateTable("outbox")
        .set({ state: "dead", leaseUntil: null, lastError: error })
        .where("id", "=", id)
        .execute();
    },
    add: (rows) => addOutboxRows(db, rows),
    async list(filter) {
      let query = db
        .selectFrom("outbox")
        .selectAll()
        .orderBy("createdAt", "desc")
        .orderBy("id", "desc")
        .limit(filter.limit);
      if (filter.state !== undefined) query = query.where("state", "=", filter.state);
      if (filter.projectId !== undefined) query = query.where("projectId", "=", filter.projectId);
      return (await query.execute()).map(toOutboxRow);
    },
    async revive(projectId, id, dueAt) {
      const row = await db
        .updateTable("outbox")
        .set({ state: "waiting", leaseUntil: null, dueAt, attempts: 0 })
        .where("id", "=", id)
        .where("projectId", "=", projectId)
        .where("state", "=", "dead")
        .returning("id")
        .executeTakeFirst();
      return row !== undefined;
    },
    async counts() {
      const rows = await db
        .selectFrom("outbox")
        .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
        .where("state", "in", ["waiting", "dead"])
        .groupBy("state")
        .execute();
      const of = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
      return { waiting: of("waiting"), dead: of("dead") };
    },
    async nextDueAt() {
      const row = await db
        .selectFrom("outbox")
        .select(sql<number | null>`min(case when lease_until > due_at then lease_until else due_at end)`.as("at"))
        .where("state", "=", "waiting")
        .executeTakeFirst();
      return row?.at ?? null;
    },
  };
}

/** Adds rows; one whose id is there already is left as it is. */
export async function addOutboxRows(db: Database, rows: OutboxRow[]): Promise<void> {
  for (const row of rows) {
    await db
      .insertInto("outbox")
      .values({ ...row, payload: JSON.stringify(row.payload), doneAt: null })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  }
}

function toOutboxRow({ doneAt: _doneAt, ...row }: Selectable<Tables["outbox"]>): OutboxRow {
  return {
    ...row,
    kind: row.kind as OutboxRow["kind"],
    state: row.state as OutboxRow["state"],
    payload: parseJson<Attributes>(row.payload),
  };
}
