import type { Expression, Kysely, SqlBool, Transaction } from "kysely";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;
export type WriteTransaction = Transaction<Tables>;

/** Words that the two engines spell differently in a schema. */
export interface SchemaWords {
  engine: "sqlite" | "postgres";
  /** Positive, growing, never given twice. */
  id: string;
  int: string;
  blob: string;
}

/** Expressions that the two engines spell differently in a query. */
export interface SqlDialect {
  readonly engine: "sqlite" | "postgres";
  contains(text: Expression<string>, part: string): Expression<SqlBool>;
  isOneOf(column: Expression<unknown>, values: readonly (string | number)[]): Expression<SqlBool>;
  /** Holds other units of digest and regroupings off until the transaction ends. */
  lockDigest(tx: WriteTransaction): Promise<void>;
  /** Appended to reads whose rows the same transaction writes back. */
  readonly rowLock: "for update" | "";
  /** Appended to the read of a queue, so that two claimers never wait for or get the same row. */
  readonly skipLocked: "for update skip locked" | "";
}
