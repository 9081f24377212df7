import type { SchemaWords, WriteTransaction } from "../dialect.ts";

/** One step of the schema; frozen once released. */
export interface Migration {
  version: number;
  name: string;
  statements(words: SchemaWords): string[];
  /** What SQL alone cannot do, after the statements and in their transaction. */
  fill?(tx: WriteTransaction): Promise<void>;
}
