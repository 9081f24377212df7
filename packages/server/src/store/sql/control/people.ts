import type { Selectable } from "kysely";
import type { ControlStore, OneTimeLink, UserRecord } from "../../../model/store.ts";
import type { Database } from "../dialect.ts";
import type { Tables } from "../tables.ts";

type PeopleMethods = Pick<
  ControlStore,
  | "countUsers"
  | "findUser"
  | "getUser"
  | "createUser"
  | "setPassword"
  | "createSession"
  | "findSession"
  | "touchSession"
  | "listSessions"
  | "deleteSession"
  | "deleteSessionsOf"
  | "createOneTimeLink"
  | "findOneTimeLink"
  | "takeOneTimeLink"
>;

/** Users, their sessions and the links that sign them in once. */
export function createPeopleMethods(db: Database): PeopleMethods {
  return {
    async countUsers() {
      const row = await db
        .selectFrom("appUser")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    async findUser(email) {
      const row = await db
        .selectFrom("appUser")
        .selectAll()
        .where("emailKey", "=", toEmailKey(email))
        .executeTakeFirst();
      return row ? toUser(row) : null;
    },
    async getUser(id) {
      const row = await db.selectFrom("appUser").selectAll().where("id", "=", id).executeTakeFirst();
      return row ? toUser(row) : null;
    },
    async createUser({ email, name, role, passwordHash, createdAt }) {
      const row = await db
        .insertInto("appUser")
        .values({ email, emailKey: toEmailKey(email), name, role, passwordHash, createdAt })
        .onConflict((conflict) => conflict.column("emailKey").doNothing())
        .returningAll()
        .executeTakeFirst();
      return row ? toUser(row) : null;
    },
    async setPassword(userId, passwordHash) {
      await db.updateTable("appUser").set({ passwordHash }).where("id", "=", userId).execute();
    },

    async createSession({ id, userId, createdAt, lastSeenAt, expiresAt, userAgent }) {
      await db.insertInto("session").values({ id, userId, createdAt, lastSeenAt, expiresAt, userAgent }).execute();
    },
    async findSession(id) {
      return (await db.selectFrom("session").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
    },
    async touchSession(id, lastSeenAt, expiresAt) {
      await db.updateTable("session").set({ lastSeenAt, expiresAt }).where("id", "=", id).execute();
    },
    listSessions: (userId) =>
      db
        .selectFrom("session")
        .selectAll()
        .where("userId", "=", userId)
        .orderBy("createdAt", "desc")
        .orderBy("id")
        .execute(),
    async deleteSession(id) {
      await db.deleteFrom("session").where("id", "=", id).execute();
    },
    async deleteSessionsOf(userId) {
      await db.deleteFrom("session").where("userId", "=", userId).execute();
    },

    async createOneTimeLink({ id, purpose, userId, expiresAt }) {
      await db.insertInto("oneTimeLink").values({ id, purpose, userId, expiresAt }).execute();
    },
    async findOneTimeLink(id, now) {
      const row = await db
        .selectFrom("oneTimeLink")
        .selectAll()
        .where("id", "=", id)
        .where("expiresAt", ">", now)
        .executeTakeFirst();
      return row ? toLink(row) : null;
    },
    async takeOneTimeLink(id, now) {
      const row = await db
        .deleteFrom("oneTimeLink")
        .where("id", "=", id)
        .where("expiresAt", ">", now)
        .returningAll()
        .executeTakeFirst();
      return row ? toLink(row) : null;
    },
  };
}

function toEmailKey(email: string): string {
  return email.trim().toLowerCase();
}

function toUser({ emailKey: _emailKey, ...row }: Selectable<Tables["appUser"]>): UserRecord {
  return { ...row, role: row.role as UserRecord["role"] };
}

function toLink(row: Selectable<Tables["oneTimeLink"]>): OneTimeLink {
  return { ...row, purpose: row.purpose as OneTimeLink["purpose"] };
}
