import { sql } from "kysely";
import { StoreError } from "../store-error.ts";
import type { Database, SchemaWords } from "./dialect.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import type { Migration } from "./migrations/migration.ts";

export interface MigrateOptions {
  words: SchemaWords;
  now: number;
  /** Called once before the first step on a database that already holds data. */
  backup(fromVersion: number): Promise<void>;
  migrations?: readonly Migration[];
}

/** Brings the schema up to date, one transaction a step. Throws a `StoreError` when the data is of a newer version. */
export async function migrate(db: Database, options: MigrateOptions): Promise<number> {
  const steps = options.migrations ?? MIGRATIONS;
  const newest = steps.at(-1)?.version ?? 0;
  await sql
    .raw(
      `create table if not exists schema_migration (
        version ${options.words.int} primary key, name text not null, applied_at ${options.words.int} not null)`,
    )
    .execute(db);
  const current = await readSchemaVersion(db);
  if (current > newest)
    throw new StoreError(
      "store_newer_version",
      `The data has schema version ${current}; this Gatewatch knows versions up to ${newest}.`,
    );
  const missing = steps.filter((step) => step.version > current);
  if (current > 0 && missing.length > 0) await options.backup(current);
  for (const step of missing) await applyStep(db, step, options);
  return newest;
}

/** Version of the last step that was applied; 0 on an empty database. */
export async function readSchemaVersion(db: Database): Promise<number> {
  const row = await db
    .selectFrom("schemaMigration")
    .select((eb) => eb.fn.max("version").as("version"))
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}

async function applyStep(db: Database, step: Migration, options: MigrateOptions): Promise<void> {
  try {
    await db.transaction().execute(async (tx) => {
      for (const statement of step.statements(options.words)) await sql.raw(statement).execute(tx);
      await step.fill?.(tx);
      await tx
        .insertInto("schemaMigration")
        .values({ version: step.version, name: step.name, appliedAt: options.now })
        .execute();
    });
  } catch (error) {
    if (error instanceof StoreError && error.code !== "store_failed") throw error;
    throw new StoreError(
      "store_migration_failed",
      `Step ${step.version} (${step.name}) of the schema could not be applied: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
