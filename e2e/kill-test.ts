import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { countStored } from "../packages/server/src/digest/count-stored.ts";
import { comparePositions } from "../packages/server/src/journal/journal-position.ts";
import { openFileJournal } from "../packages/server/src/journal/open-file-journal.ts";
import type { StoreEngine } from "../packages/server/src/model/store.ts";
import { openStoreEngine } from "../packages/server/src/store/open-store.ts";
import { createRandom, makeKillBatch } from "./kill/make-kill-batch.ts";
import { type BatchSender, createHttpSender, createStreamSender, sendUntilAcked } from "./kill/send-until-acked.ts";
import { type RunningServer, startGatewatch } from "./support/start-gatewatch.ts";

const USAGE = `Kills the server under load, again and again, and proves that every acknowledged event is there exactly once.
  --rounds N         kills (default 5)
  --engine NAME      sqlite (default) or postgres, of an empty database whose address stands in DATABASE_URL
  --seed N           of the random choices (default: the time)`;

interface Totals {
  batches: number;
  requests: number;
  sumUs: number;
  errors: number;
  retries: number;
  resends: number;
}

/** Kills the server `rounds` times. Returns the differences found, as sentences; none is the proof. */
export async function runKillTest(options: {
  rounds: number;
  store: StoreChoice;
  seed: number;
  progress: (line: string) => void;
}): Promise<{ differences: string[]; totals: Totals }> {
  const { rounds, seed, progress } = options;
  const random = createRandom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), "gatewatch-kill-"));
  const env = {
    GATEWATCH_INGEST_PER_SECOND: "10000000",
    DATABASE_URL: options.store === "sqlite" ? undefined : options.store.postgresUrl,
  };
  let server: RunningServer | undefined;
  try {
    server = await startGatewatch({ dataDir, env });
    const { url } = server;
    const port = Number(new URL(url).port);
    const { token } = server.command<{ token: string }>("token", "create", "--scope", "ingest");
    const totals: Totals = { batches: 0, requests: 0, sumUs: 0, errors: 0, retries: 0, resends: 0 };
    const end = new AbortController();
    let number = 0;
    const keepSending = async (sender: BatchSender): Promise<void> => {
      while (!end.signal.aborted) {
        const batch = makeKillBatch(random, ++number);
        totals.retries += (await sendUntilAcked(sender, batch.id, batch.text)) - 1;
        totals.batches++;
        totals.requests += batch.requests;
        totals.sumUs += batch.sumUs;
        totals.errors += batch.errors;
        if (random() < 0.1) {
          totals.resends++;
          await sendUntilAcked(sender, batch.id, batch.text);
        }
      }
      sender.close();
    };
    const senders = [0, 1, 2, 3].map(() => createHttpSender(url, token));
    senders.push(createStreamSender(url, token), createStreamSender(url, token));
    const work = Promise.all(senders.map(keepSending));
    work.catch(() => {});

    for (let round = 1; round <= rounds; round++) {
      const victim: RunningServer = server;
      // A server that was told to die inside a commit gets a while to do so.
      const dies = await Promise.race([victim.process.exited, delay(20 + random() * 800), work.then(() => undefined)]);
      victim.process.child.kill("SIGKILL");
      await victim.process.exited;
      const point = (["after-chunks", "before-main"] as const)[Math.floor(random() * 2)]!;
      const fault = random() < 0.4 ? `${point}:${1 + Math.floor(random() * 4)}` : undefined;
      if (round % 10 === 0 || round === rounds)
        progress(
          `round ${round} of ${rounds}: ${totals.batches} batches acknowledged${dies ? ", died in a commit" : ""}`,
        );
      server = await startAgain(dataDir, port, { ...env, GATEWATCH_FAULT: round === rounds ? undefined : fault });
    }
    end.abort();
    await work;
    await server.stop();
    // A clean stop gives up after some seconds; what is left then is digested by the next start.
    for (let cycle = 0; cycle < 5 && !(await isDrained(dataDir, options.store)); cycle++) {
      server = await startGatewatch({ dataDir, port, env });
      await server.stop();
    }
    return { differences: await compare(dataDir, options.store, totals), totals };
  } finally {
    await server?.process.stop("SIGKILL").catch(() => {});
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function startAgain(
  dataDir: string,
  port: number,
  env: Record<string, string | undefined>,
): Promise<RunningServer> {
  try {
    return await startGatewatch({ dataDir, port, env });
  } catch (error) {
    // A planned fault may strike while the backlog is digested, before the address is printed.
    if (env["GATEWATCH_FAULT"] === undefined) throw error;
    return startGatewatch({ dataDir, port, env: { ...env, GATEWATCH_FAULT: undefined } });
  }
}

type StoreChoice = "sqlite" | { postgresUrl: string };

function openStore(dataDir: string, store: StoreChoice): Promise<StoreEngine> {
  return openStoreEngine(
    store === "sqlite" ? { engine: "sqlite", dataDir } : { engine: "postgres", url: store.postgresUrl },
  );
}

async function isDrained(dataDir: string, store: StoreChoice): Promise<boolean> {
  const engine = await openStore(dataDir, store);
  const position = await engine.digestPosition();
  await engine.close();
  const journal = await openFileJournal({ files: join(dataDir, "journal"), after: position });
  const end = journal.durable();
  await journal.close();
  return position !== null && comparePositions(position, end) === 0;
}

async function compare(dataDir: string, store: StoreChoice, totals: Totals): Promise<string[]> {
  const engine = await openStore(dataDir, store);
  try {
    const differences: string[] = [];
    const expectEqual = (what: string, found: number, expected: number) => {
      if (found !== expected) differences.push(`${what}: ${found} stored, ${expected} acknowledged`);
    };
    if (existsSync(join(dataDir, "poison"))) differences.push("batches were put aside as impossible to digest");
    const project = (await engine.control.listProjects())[0]!;
    const stored = await countStored(engine, project.id);
    expectEqual("requests in chunks", stored.requests.count, totals.requests);
    expectEqual("microseconds in chunks", stored.requests.sumUs, totals.sumUs);
    for (const [table, { count, sumUs, inSketches }] of Object.entries(stored.rollups)) {
      expectEqual(`requests in ${table}`, count, totals.requests);
      expectEqual(`microseconds in ${table}`, sumUs, totals.sumUs);
      expectEqual(`requests in the sketches of ${table}`, inSketches, totals.requests);
    }
    expectEqual("errors in chunks", stored.errors, totals.errors);
    expectEqual("errors in issues", stored.inIssues, totals.errors);
    expectEqual("errors in grouping hashes", stored.inHashes, totals.errors);
    return differences;
  } finally {
    await engine.close();
  }
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
  const postgresUrl = process.env["DATABASE_URL"];
  if (values.engine === "postgres" && !postgresUrl) {
    process.stderr.write("--engine postgres needs the address of an empty database in DATABASE_URL.\n");
    return 2;
  }
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const startedAt = Date.now();
  const { differences, totals } = await runKillTest({
    rounds: Number(values.rounds),
    store: values.engine === "postgres" && postgresUrl ? { postgresUrl } : "sqlite",
    seed,
    progress: print,
  });
  for (const difference of differences) print(`DIFFERENT ${difference}`);
  const events = totals.requests + totals.errors;
  print(
    `${differences.length === 0 ? "exact" : "NOT EXACT"}: ${values.rounds} kills on ${values.engine}, ${totals.batches} batches, ${events} events (${totals.errors} errors), ${totals.retries} retries, ${totals.resends} deliberate re-sends, seed ${seed}, ${Math.round((Date.now() - startedAt) / 1000)} s`,
  );
  return differences.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
