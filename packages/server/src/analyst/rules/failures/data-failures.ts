import { byCode, byMessage, type KnownFailure } from "../known-failure.ts";

const DATABASE = { category: "system_error", severity: "medium", fixKind: "code" } as const;

/** Databases, and data that is not what it should be. */
export const DATA_FAILURES: KnownFailure[] = [
  {
    ...DATABASE,
    name: "unique-constraint",
    severity: "low",
    confidence: 0.9,
    match(signals) {
      const coded = ["23505", "ER_DUP_ENTRY", "SQLITE_CONSTRAINT_UNIQUE", "P2002", "11000", "E11000"].includes(
        signals.code ?? "",
      );
      const told =
        /duplicate key value|UNIQUE constraint failed(?:: ([\w.]{1,100}))?|Duplicate entry|\bE11000\b|Unique constraint failed/i;
      const match = told.exec(signals.message);
      if (!coded && match === null) return undefined;
      const name = /constraint "([^"]{1,100})"/.exec(signals.message)?.[1] ?? match?.[1];
      return {
        cause: `A row with the same key is there already${name === undefined ? "" : ` (\`${name}\`)`}: the same thing was sent twice, or two requests raced.`,
        fix: `At ${signals.place} use an upsert or answer 409 when this constraint fails; checking first does not help against races.`,
      };
    },
  },
  {
    ...DATABASE,
    name: "foreign-key",
    confidence: 0.9,
    match(signals) {
      const coded = ["23503", "ER_NO_REFERENCED_ROW_2", "SQLITE_CONSTRAINT_FOREIGNKEY", "P2003"].includes(
        signals.code ?? "",
      );
      if (!coded && !/foreign key constraint/i.test(signals.message)) return undefined;
      const name = /constraint [`"]([^`"]{1,100})[`"]/.exec(signals.message)?.[1];
      return {
        cause: `A row points to one that does not exist, or one that is still in use was removed${name === undefined ? "" : ` (\`${name}\`)`}.`,
        fix: `At ${signals.place} write the row that is pointed to first, or delete in the other order, in one transaction.`,
      };
    },
  },
  {
    ...DATABASE,
    name: "not-null",
    confidence: 0.85,
    match(signals) {
      const match =
        /null value in column "?([\w.]{1,100})|NOT NULL constraint failed: ([\w.]{1,100})|Column '([\w.]{1,100})' cannot be null/.exec(
          signals.message,
        );
      if (match === null && signals.code !== "23502") return undefined;
      const column = match?.[1] ?? match?.[2] ?? match?.[3];
      return {
        cause: `${column === undefined ? "A column" : `The column \`${column}\``} that must have a value got none from ${signals.place}.`,
        fix: `Check the input for ${column === undefined ? "that field" : `\`${column}\``} before the write, or give the column a default.`,
      };
    },
  },
  {
    ...DATABASE,
    name: "deadlock",
    severity: "high",
    confidence: 0.9,
    match(signals) {
      const coded = [
        "40P01",
        "40001",
        "ER_LOCK_DEADLOCK",
        "ER_LOCK_WAIT_TIMEOUT",
        "SQLITE_BUSY",
        "SQLITE_LOCKED",
        "P2034",
      ].includes(signals.code ?? "");
      if (!coded && !/deadlock|could not serialize access|database is locked|lock wait timeout/i.test(signals.message))
        return undefined;
      return {
        cause: `Two transactions wanted the same rows in a different order; the database gave up the one at ${signals.place}.`,
        fix: "Retry the transaction a few times, keep it short, and touch tables and rows in the same order everywhere.",
      };
    },
  },
  {
    ...DATABASE,
    name: "pool-exhausted",
    category: "performance_issue",
    severity: "high",
    confidence: 0.85,
    match(signals) {
      const coded = ["53300", "P2024", "ER_CON_COUNT_ERROR"].includes(signals.code ?? "");
      const told =
        /too many (?:clients|connections)|connection pool|timeout exceeded when trying to connect|pool is (?:full|exhausted|draining)|acquiring (?:a )?connection|QueuePool limit/i;
      if (!coded && !told.test(signals.message)) return undefined;
      return {
        cause: `No database connection was free for ${signals.place}: they are leaked, held too long, or too few.`,
        fix: "Look for connections that are not given back on every path (use finally), and for slow queries; then size pool and database limit together.",
      };
    },
  },
  {
    ...DATABASE,
    name: "schema-mismatch",
    severity: "high",
    confidence: 0.9,
    match(signals) {
      const coded = ["42P01", "42703", "ER_NO_SUCH_TABLE", "ER_BAD_FIELD_ERROR", "P2021", "P2022"].includes(
        signals.code ?? "",
      );
      const match =
        /(?:relation|column|table) "?([\w.]{1,100})"? does not exist|no such (?:table|column): ([\w.]{1,100})/i.exec(
          signals.message,
        );
      if (!coded && match === null) return undefined;
      const name = match?.[1] ?? match?.[2];
      return {
        cause: `The database has no ${name === undefined ? "such table or column" : `\`${name}\``}: the code is newer (or older) than the schema.`,
        fix: "Run the migrations of this release on this database, and deploy them before the code that needs them.",
      };
    },
  },
  {
    ...DATABASE,
    name: "statement-timeout",
    category: "performance_issue",
    confidence: 0.85,
    match(signals) {
      if (
        signals.code !== "57014" &&
        !/canceling statement due to|query (?:read )?timeout|Query execution was interrupted/i.test(signals.message)
      )
        return undefined;
      return {
        cause: `A query from ${signals.place} took longer than its limit.`,
        fix: "Look at its plan (EXPLAIN ANALYZE), add the missing index or narrow the query; raise the limit only for reports.",
      };
    },
  },
  {
    ...DATABASE,
    name: "json-parse",
    category: "validation_error",
    confidence: 0.9,
    match(signals) {
      const told =
        /is not valid JSON|in JSON at position|Unexpected end of JSON input|^Expecting value: line|JSONDecodeError/;
      if (signals.type !== "JSONDecodeError" && !told.test(signals.message)) return undefined;
      const html = /Unexpected token '?</.test(signals.message);
      const empty = /Unexpected end of JSON input|Expecting value: line 1 column 1/.test(signals.message);
      return {
        cause: `The text that ${signals.place} parses is no JSON: ${html ? "it begins with `<`, so it is an HTML page, mostly an error page" : empty ? "it is empty or cut off" : "it breaks the grammar"}.`,
        fix: `Before parsing at ${signals.place} check status and content type of what was received; answer 400 when it is the client's text.`,
      };
    },
  },
  {
    ...DATABASE,
    name: "invalid-url",
    category: "validation_error",
    confidence: 0.9,
    match: byCode(["ERR_INVALID_URL"], ({ place, source }) => ({
      cause: `${place} makes a URL of text that is none${source === null ? "" : `: \`${source}\``}.`,
      fix: "Check the text with `URL.canParse()`, give a base for relative addresses, and look for a missing setting that left it empty.",
    })),
  },
  {
    ...DATABASE,
    name: "invalid-number",
    confidence: 0.8,
    match: byMessage(
      /^Invalid (?:array|typed array|count) (?:length|value)|cannot be converted to a BigInt|Invalid count value/,
      (_match, { place }) => ({
        cause: `A number at ${place} is negative, not whole or too large for its use.`,
        fix: `Check the value that ${place} gets from outside and bound it.`,
      }),
    ),
  },
];
