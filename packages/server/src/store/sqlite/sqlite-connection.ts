import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { toStoreError } from "./sqlite-error.ts";

const MAX_CACHED_STATEMENTS = 400;

export type SqlValue = SQLInputValue;
export type SqlRow = Record<string, unknown>;

/** A statement that stays prepared for as long as its connection remembers it. */
export interface PreparedStatement {
  readonly returnsRows: boolean;
  all(...values: SqlValue[]): SqlRow[];
  get(...values: SqlValue[]): SqlRow | undefined;
  run(...values: SqlValue[]): { changes: number; lastId: number };
}

/** One connection of node:sqlite: cached statements, typed errors. */
export class SqliteConnection {
  readonly file: string;
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, PreparedStatement>();

  constructor(file: string, options: { readOnly?: boolean; timeoutMs?: number } = {}) {
    this.file = file;
    try {
      this.database = new DatabaseSync(file, {
        readOnly: options.readOnly ?? false,
        timeout: options.timeoutMs ?? 10_000,
      });
    } catch (error) {
      throw toStoreError(error, file);
    }
  }

  get inTransaction(): boolean {
    return this.database.isTransaction;
  }

  exec(sql: string): void {
    try {
      this.database.exec(sql);
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }

  prepare(sql: string): PreparedStatement {
    const cached = this.statements.get(sql);
    if (cached) {
      this.statements.delete(sql);
      this.statements.set(sql, cached);
      return cached;
    }
    const statement = this.guard(this.compile(sql));
    this.statements.set(sql, statement);
    if (this.statements.size > MAX_CACHED_STATEMENTS) {
      for (const oldest of this.statements.keys()) {
        this.statements.delete(oldest);
        break;
      }
    }
    return statement;
  }

  /** Rolls back when a transaction is open; SQLite ends some by itself when the disk is full. */
  rollback(): void {
    if (this.database.isTransaction) this.exec("rollback");
  }

  close(): void {
    this.statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  private compile(sql: string): StatementSync {
    try {
      return this.database.prepare(sql);
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }

  private guard(statement: StatementSync): PreparedStatement {
    const { file } = this;
    return {
      returnsRows: statement.columns().length > 0,
      all(...values) {
        try {
          return statement.all(...values);
        } catch (error) {
          throw toStoreError(error, file);
        }
      },
      get(...values) {
        try {
          return statement.get(...values);
        } catch (error) {
          throw toStoreError(error, file);
        }
      },
      run(...values) {
        try {
          const { changes, lastInsertRowid } = statement.run(...values);
          return { changes: Number(changes), lastId: Number(lastInsertRowid) };
        } catch (error) {
          throw toStoreError(error, file);
        }
      },
    };
  }
}
