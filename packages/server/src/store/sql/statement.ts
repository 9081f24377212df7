import { CompiledQuery } from "kysely";
import { slices } from "./digest/slices.ts";
import type { Database, SqlDialect } from "./dialect.ts";

export interface StatementWords {
  /** The place of the next value. */
  next(): string;
  /** That a column is among the items of the next value, an array. */
  isOneOf(column: string): string;
  /** Locks the rows that were read, where the engine has such locks. */
  rowLock: string;
}

/** Runs a statement with its values in the order of their places. */
export type Statement<Row> = (db: Database, dialect: SqlDialect, ...values: unknown[]) => Promise<Row[]>;

/** Inserts rows, as many a statement as the engines take well. */
export type BulkInsert<Input, Row> = (db: Database, dialect: SqlDialect, rows: readonly Input[]) => Promise<Row[]>;

/**
 * A statement of the hot path: its text is made once per engine, so that the engine finds it prepared
 * and no query builder runs. Rows come with camelCase names.
 */
export function defineStatement<Row = never>(build: (words: StatementWords) => string): Statement<Row> {
  const texts = new Map<SqlDialect, string>();
  return async (db, dialect, ...values) => {
    let text = texts.get(dialect);
    if (text === undefined) texts.set(dialect, (text = build(wordsOf(dialect))));
    return (await db.executeQuery<Row>(CompiledQuery.raw(text, values))).rows;
  };
}

/** `insert into table (columns) values (…), (…) tail`, its text made once per number of rows. */
export function defineBulkInsert<Input, Row = never>(
  table: string,
  columns: readonly (keyof Input & string)[],
  tail: string,
): BulkInsert<Input, Row> {
  const texts = new Map<string, string>();
  const buildText = (dialect: SqlDialect, count: number): string => {
    const words = wordsOf(dialect);
    const rows = Array.from({ length: count }, () => `(${columns.map(() => words.next()).join()})`);
    return `insert into ${table} (${columns.map(toSqlName).join()}) values ${rows.join()} ${tail}`;
  };
  return async (db, dialect, rows) => {
    const results: Row[] = [];
    for (const part of slices(rows)) {
      const key = `${dialect.engine}:${part.length}`;
      let text = texts.get(key);
      if (text === undefined) texts.set(key, (text = buildText(dialect, part.length)));
      const values = part.flatMap((row) => columns.map((column) => row[column]));
      const result = await db.executeQuery<Row>(CompiledQuery.raw(text, values));
      for (const row of result.rows) results.push(row);
    }
    return results;
  };
}

/** `a = excluded.a, …`: what an upsert overwrites. */
export function overwrite(columns: readonly string[]): string {
  return columns
    .map(toSqlName)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ");
}

function toSqlName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function wordsOf(dialect: SqlDialect): StatementWords {
  let places = 0;
  const next = () => {
    places++;
    return dialect.engine === "postgres" ? `$${places}` : "?";
  };
  return {
    next,
    isOneOf: (column) =>
      dialect.engine === "postgres"
        ? `${column} = any(${next()})`
        : `${column} in (select value from json_each(${next()}))`,
    rowLock: dialect.rowLock,
  };
}
