import type { AlertCondition, AlertRuleRow, Attributes } from "@gatewatch/protocol";
import type { Selectable, Updateable } from "kysely";
import type { ChannelRecord, ControlStore } from "../../../model/store.ts";
import type { Database } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";

type AlertingMethods = Pick<
  ControlStore,
  | "listChannels"
  | "createChannel"
  | "updateChannel"
  | "deleteChannel"
  | "recordChannelResult"
  | "listAlertRules"
  | "createAlertRule"
  | "updateAlertRule"
  | "deleteAlertRule"
>;

/** Channels and the rules that use them. */
export function createAlertingMethods(db: Database): AlertingMethods {
  return {
    async listChannels() {
      return (await db.selectFrom("channel").selectAll().orderBy("id").execute()).map(toChannel);
    },
    async createChannel({ kind, name, enabled, config }) {
      const row = await db
        .insertInto("channel")
        .values({ kind, name, enabled: enabled ? 1 : 0, config: JSON.stringify(config) })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toChannel(row);
    },
    async updateChannel(id, patch) {
      const values: Updateable<Tables["channel"]> = {};
      if (patch.name !== undefined) values.name = patch.name;
      if (patch.enabled !== undefined) values.enabled = patch.enabled ? 1 : 0;
      if (patch.config !== undefined) values.config = JSON.stringify(patch.config);
      const row = await db
        .updateTable("channel")
        .set((eb) => ({ name: eb.ref("name"), ...values }))
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirst();
      return row ? toChannel(row) : null;
    },
    async deleteChannel(id) {
      return (await db.deleteFrom("channel").where("id", "=", id).returning("id").executeTakeFirst()) !== undefined;
    },
    async recordChannelResult(id, at, failure) {
      await db
        .updateTable("channel")
        .set(failure === null ? { lastSuccessAt: at } : { lastFailureAt: at, lastFailure: failure })
        .where("id", "=", id)
        .execute();
    },

    listAlertRules: (projectId) => listAlertRules(db, projectId),
    async createAlertRule({ projectId, enabled, name, when, channels, cooldownMs }) {
      const row = await db
        .insertInto("alertRule")
        .values({
          projectId,
          enabled: enabled ? 1 : 0,
          name,
          condition: JSON.stringify(when),
          channels: JSON.stringify(channels),
          cooldownMs,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toAlertRule(row);
    },
    async updateAlertRule(id, projectId, patch) {
      const values: Updateable<Tables["alertRule"]> = {};
      if (patch.enabled !== undefined) values.enabled = patch.enabled ? 1 : 0;
      if (patch.name !== undefined) values.name = patch.name;
      if (patch.when !== undefined) values.condition = JSON.stringify(patch.when);
      if (patch.channels !== undefined) values.channels = JSON.stringify(patch.channels);
      if (patch.cooldownMs !== undefined) values.cooldownMs = patch.cooldownMs;
      const row = await db
        .updateTable("alertRule")
        .set((eb) => ({ name: eb.ref("name"), ...values }))
        .where("id", "=", id)
        .where("projectId", "=", projectId)
        .returningAll()
        .executeTakeFirst();
      return row ? toAlertRule(row) : null;
    },
    async deleteAlertRule(id, projectId) {
      const row = await db
        .deleteFrom("alertRule")
        .where("id", "=", id)
        .where("projectId", "=", projectId)
        .returning("id")
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

/** Rules of one project, or of all with null. */
export async function listAlertRules(db: Database, projectId: number | null): Promise<AlertRuleRow[]> {
  let query = db.selectFrom("alertRule").selectAll().orderBy("id");
  if (projectId !== null) query = query.where("projectId", "=", projectId);
  return (await query.execute()).map(toAlertRule);
}

function toChannel(row: Selectable<Tables["channel"]>): ChannelRecord {
  return { ...row, enabled: row.enabled === 1, config: parseJson<Attributes>(row.config) };
}

function toAlertRule({ condition, ...row }: Selectable<Tables["alertRule"]>): AlertRuleRow {
  return {
    ...row,
    enabled: row.enabled === 1,
    when: parseJson<AlertCondition>(condition),
    channels: parseJson<number[]>(row.channels),
  };
}
