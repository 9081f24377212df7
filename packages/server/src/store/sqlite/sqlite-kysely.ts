import {
  CamelCasePlugin,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { cleanText } from "../sql/clean-text.ts";
import type { Tables } from "../sql/tables.ts";
import type { SqliteConnection, SqlValue } from "./sqlite-connection.ts";

/** Kysely over one connection of node:sqlite. Kysely lets one transaction or query at a time have it. */
export function createSqliteKysely(connection: SqliteConnection): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => createDriver(connection),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  });
}

function createDriver(connection: SqliteConnection): Driver {
  const shared: DatabaseConnection = {
    executeQuery: <Row>(query: CompiledQuery) => Promise.resolve(execute<Row>(connection, query)),
    streamQuery() {
      throw new TypeError("The store reads whole results; it does not stream rows.");
    },
  };
  return {
    init: async () => {},
    acquireConnection: async () => shared,
    releaseConnection: async () => {},
    // Immediate, so that a writer waits at its start and never fails in the middle of its work.
    beginTransaction: async () => connection.exec("begin immediate"),
    commitTransaction: async () => connection.exec("commit"),
    rollbackTransaction: async () => connection.rollback(),
    destroy: async () => connection.close(),
  };
}

function execute<Row>(connection: SqliteConnection, query: CompiledQuery): QueryResult<Row> {
  const statement = connection.prepare(query.sql);
  const values = query.parameters.map(toSqlValue);
  // The row type is what the query builder derived from the same statement.
  if (statement.returnsRows) return { rows: statement.all(...values) as Row[] };
  const { changes, lastId } = statement.run(...values);
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastId) };
}

function toSqlValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof Uint8Array) return value;
  // Lists travel as JSON text, which json_each() takes apart.
  if (Array.isArray(value)) return JSON.stringify(value.map(toSqlValue));
  throw new TypeError(`A value of type ${typeof value} cannot be stored.`);
}
