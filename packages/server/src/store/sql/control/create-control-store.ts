import type { Json } from "@gatewatch/protocol";
import type { ControlStore } from "../../../model/store.ts";
import type { Database } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";
import { createAlertingMethods } from "./alerting.ts";
import { createCredentialMethods } from "./credentials.ts";
import { createPeopleMethods } from "./people.ts";
import { createProjectMethods } from "./projects.ts";

/** Projects, people, credentials, settings: the same queries on both engines. */
export function createControlStore(db: Database): ControlStore {
  return {
    ...createProjectMethods(db),
    ...createCredentialMethods(db),
    ...createPeopleMethods(db),
    ...createAlertingMethods(db),
    async getSetting(key) {
      const row = await db.selectFrom("setting").select("value").where("key", "=", key).executeTakeFirst();
      return row ? parseJson<Json>(row.value) : null;
    },
    async setSetting(key, value) {
      const text = JSON.stringify(value);
      await db
        .insertInto("setting")
        .values({ key, value: text })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: text }))
        .execute();
    },
    async replaceSetting(key, before, value) {
      const text = JSON.stringify(value);
      if (before === null) {
        const added = await db
          .insertInto("setting")
          .values({ key, value: text })
          .onConflict((conflict) => conflict.column("key").doNothing())
          .returning("key")
          .executeTakeFirst();
        return added !== undefined;
      }
      const replaced = await db
        .updateTable("setting")
        .set({ value: text })
        .where("key", "=", key)
        .where("value", "=", JSON.stringify(before))
        .executeTakeFirst();
      return Number(replaced.numUpdatedRows) > 0;
    },
    async addAudit({ at, actor, action, projectId, detail }) {
      await db
        .insertInto("audit")
        .values({ at, actor, action, projectId, detail: JSON.stringify(detail) })
        .execute();
    },
  };
}
