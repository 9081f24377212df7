import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from "kysely";
import pg from "pg";
import { cleanText } from "../sql/clean-text.ts";
import type { Tables } from "../sql/tables.ts";
import { parseHex } from "./hex.ts";
import { toStoreError } from "./postgres-error.ts";

const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 10;

/** Counts and times fit a double; bytes come as plain arrays, not as views of a shared buffer. */
const PARSERS: Record<number, (text: string) => unknown> = {
  [INT8]: Number,
  [NUMERIC]: Number,
  [BYTEA]: (text) => parseHex(text.slice(2)),
};

export function createPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "gatewatch",
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        (format !== "binary" && PARSERS[oid]) || pg.types.getTypeParser(oid, format as "text"),
    },
  });
  // A connection that breaks, idle or in use, tells its user at the next query; without listeners it would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** Kysely over a pool; connections that broke are replaced at the next use. */
export function createPoolKysely(pool: pg.Pool): Kysely<Tables> {
  return createKysely({
    connect: async () => {
      const client = await connectClient(pool);
      return guardClient(client, (broken) => client.release(broken));
    },
    end: () => pool.end(),
    options: pool.options,
  });
}

/** Kysely over one client that somebody else took and gives back. */
export function createClientKysely(client: pg.PoolClient): Kysely<Tables> {
  const guarded = guardClient(client, () => {});
  return createKysely({ connect: async () => guarded, end: async () => {}, options: {} });
}

export async function connectClient(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Runs `work` with one client; one whose work failed may be in any state, so it is not used again. */
export async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await connectClient(pool);
  let broken = true;
  try {
    const result = await work(client);
    broken = false;
    return result;
  } catch (error) {
    throw toStoreError(error);
  } finally {
    client.release(broken);
  }
}

function createKysely(pool: PostgresPool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
}

type KyselyClient = Awaited<ReturnType<PostgresPool["connect"]>>;

function guardClient(client: pg.PoolClient, release: (broken?: boolean) => void): KyselyClient {
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(text, values.map(cleanValue));
    } catch (error) {
      throw toStoreError(error);
    }
  };
  // Kysely asks for text queries only: cursors are for streams, which the store does not use.
  return { query: query as KyselyClient["query"], release };
}

function cleanValue(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  return Array.isArray(value) ? value.map(cleanValue) : value;
}
