import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { countStored } from "../../packages/server/src/digest/count-stored.ts";
import { comparePositions } from "../../packages/server/src/journal/journal-position.ts";
import { openFileJournal } from "../../packages/server/src/journal/open-file-journal.ts";
import type { StoreEngine } from "../../packages/server/src/model/store.ts";
import { openStoreEngine } from "../../packages/server/src/store/open-store.ts";
import { createRandom, makeKillBatch } from "./make-kill-batch.ts";
import { type BatchSender, createHttpSender, createStreamSender, sendUntilAcked } from "./send-until-acked.ts";
import { type RunningServer, startGatewatch } from "../support/start-gatewatch.ts";

/** What the clients were told to be stored, and how rough it was. */
export interface KillTotals {
  batches: number;
  requests: number;
  sumUs: number;
  errors: number;
  retries: number;
  resends: number;
  /** Servers that died between the two commits of a unit, as they were told to. */
  diedInCommit: number;
}

/** Kills the server `rounds` times. Returns the differences found, as sentences; none is the proof. */
export async function runKillTest(options: {
  rounds: number;
  store: StoreChoice;
  seed: number;
  progress: (line: string) => void;
}): Promise<{ differences: string[]; totals: KillTotals }> {
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
    const totals: KillTotals = {
      batches: 0,
      requests: 0,
      sumUs: 0,
      errors: 0,
      retries: 0,
      resends: 0,
      diedInCommit: 0,
    };
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

    let fault: string | undefined;
    for (let round = 1; round <= rounds; round++) {
      const victim: RunningServer = server;
      // A server that was told to die inside a commit gets a while to do so.
      const died = await Promise.race([
        victim.process.exited,
        delay(fault ? 3000 : 20 + random() * 800),
        work.then(() => undefined),
      ]);
      if (died) totals.diedInCommit++;
      victim.process.child.kill("SIGKILL");
      await victim.process.exited;
      const point = (["after-chunks", "before-main"] as const)[Math.floor(random() * 2)]!;
      fault = round < rounds && random() < 0.4 ? `${point}:${1 + Math.floor(random() * 4)}` : undefined;
      if (round % 10 === 0 || round === rounds)
        progress(`round ${round} of ${rounds}: ${totals.batches} batches acknowledged`);
      server = await startAgain(dataDir, port, { ...env, GATEWATCH_FAULT: fault });
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

async function compare(dataDir: string, store: StoreChoice, totals: KillTotals): Promise<string[]> {
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
