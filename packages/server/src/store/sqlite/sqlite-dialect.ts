import { type SqlBool, sql } from "kysely";
import type { SchemaWords, SqlDialect } from "../sql/dialect.ts";

export const SQLITE_WORDS: SchemaWords = {
  engine: "sqlite",
  id: "integer primary key autoincrement",
  int: "integer",
  blob: "blob",
};

export const SQLITE_DIALECT: SqlDialect = {
  engine: "sqlite",
  contains: (text, part) => sql<SqlBool>`instr(${text}, ${part}) > 0`,
  isOneOf: (column, values) => sql<SqlBool>`${column} in (select value from json_each(${values}))`,
  // One connection writes, so a transaction is alone already.
  lockDigest: async () => {},
  rowLock: "",
  skipLocked: "",
};
