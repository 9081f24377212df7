import type { SchemaWords } from "../dialect.ts";

/** One step of the schema; frozen once released. */
export interface Migration {
  version: number;
  name: string;
  statements(words: SchemaWords): string[];
}
