import { parseArgs } from "node:util";
import { openOwnPostgres } from "./kill/open-own-postgres.ts";
import { runKillTest } from "./kill/run-kill-test.ts";

const USAGE = `Kills the server under load, again and again, and proves that every acknowledged event is there exactly once.
  --rounds N         kills (default 5)
  --engine NAME      sqlite (default) or postgres: the empty database whose address stands in DATABASE_URL, else a server of its own
  --seed N           of the random choices (default: the time)`;

async function openPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env["DATABASE_URL"];
  return url ? { url, stop: async () => {} } : openOwnPostgres();
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      engine: { type: "string", default: "sqlite" },
      seed: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const postgres = values.engine === "postgres" ? await openPostgres() : undefined;
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const startedAt = Date.now();
  const { differences, totals } = await runKillTest({
    rounds: Number(values.rounds),
    store: postgres ? { postgresUrl: postgres.url } : "sqlite",
    seed,
    progress: print,
  }).finally(() => postgres?.stop());
  for (const difference of differences) print(`DIFFERENT ${difference}`);
  const events = totals.requests + totals.errors;
  print(
    `${differences.length === 0 ? "exact" : "NOT EXACT"}: ${values.rounds} kills on ${values.engine} (${totals.diedInCommit} between two commits), ${totals.batches} batches, ${events} events (${totals.errors} errors), ${totals.retries} retries, ${totals.resends} deliberate re-sends, seed ${seed}, ${Math.round((Date.now() - startedAt) / 1000)} s`,
  );
  return differences.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
