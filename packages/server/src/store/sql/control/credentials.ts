import type { Selectable } from "kysely";
import type { ControlStore, CredentialRecord } from "../../../model/store.ts";
import type { Database } from "../dialect.ts";
import type { Tables } from "../tables.ts";

type CredentialMethods = Pick<
  ControlStore,
  "createCredential" | "findCredential" | "listCredentials" | "revokeCredential" | "touchCredentials"
>;

export function createCredentialMethods(db: Database): CredentialMethods {
  return {
    async createCredential(row) {
      const { projectId, kind, scope, name, lookup, hint, sealed, createdAt } = row;
      const created = await db
        .insertInto("credential")
        .values({ projectId, kind, scope, name, lookup, hint, sealed, createdAt, lastUsedAt: null, revokedAt: null })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toCredential(created);
    },
    async findCredential(lookup) {
      const row = await db.selectFrom("credential").selectAll().where("lookup", "=", lookup).executeTakeFirst();
      return row ? toCredential(row) : null;
    },
    async listCredentials(projectId) {
      let query = db.selectFrom("credential").selectAll().orderBy("id");
      if (projectId !== null) query = query.where("projectId", "=", projectId);
      return (await query.execute()).map(toCredential);
    },
    async revokeCredential(id, projectId, at) {
      let query = db
        .updateTable("credential")
        .set({ revokedAt: at })
        .where("id", "=", id)
        .where("revokedAt", "is", null)
        .returning("id");
      if (projectId !== null) query = query.where("projectId", "=", projectId);
      return (await query.executeTakeFirst()) !== undefined;
    },
    async touchCredentials(uses) {
      if (uses.length === 0) return;
      await db.transaction().execute(async (tx) => {
        for (const { id, at } of uses) {
          await tx
            .updateTable("credential")
            .set({ lastUsedAt: at })
            .where("id", "=", id)
            .where((eb) => eb.or([eb("lastUsedAt", "is", null), eb("lastUsedAt", "<", at)]))
            .execute();
        }
      });
    },
  };
}

function toCredential(row: Selectable<Tables["credential"]>): CredentialRecord {
  return { ...row, kind: row.kind as CredentialRecord["kind"], scope: row.scope as CredentialRecord["scope"] };
}
