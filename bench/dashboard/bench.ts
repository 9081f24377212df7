import { setTimeout as delay } from "node:timers/promises";
import type { HealthAnswer, IssueList, TokenCreated } from "@gatewatch/protocol";
import { startGatewatch } from "../../e2e/support/start-gatewatch.ts";
import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch, type PreparedBatch } from "../support/make-batches.ts";
import { openRawClient } from "../support/raw-client.ts";

export const question = "How fast do the screens' questions answer over many events while more arrive?";

const DAY_MS = 86_400_000;
const BATCH = 1000;
const CONNECTIONS = 8;
const PACED_PER_SECOND = 10_000;

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const total = quick ? 500_000 : 10_000_000;
  const asks = quick ? 30 : 200;
  const server = await startGatewatch({ env: { GATEWATCH_INGEST_KIB_PER_SECOND: "100000000" } });
  try {
    const token = server.command<{ token: string }>("token", "create", "--scope", "ingest").token;
    const readToken = server.command<TokenCreated>("token", "create", "--scope", "read").token;
    const ask = async <Answer>(path: string): Promise<Answer> => {
      const response = await fetch(new URL(path, server.url), { headers: { authorization: `Bearer ${readToken}` } });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Answer;
    };
    const spread = (): number => Date.now() - Math.floor(Math.random() * DAY_MS);
    // One batch covers a minute or so, as real ones do: its times lie close together.
    const past = Array.from({ length: 240 }, () => {
      const start = spread();
      return makeBatches("requests, columns", 1, BATCH, () => start + Math.floor(Math.random() * 30_000))[0]!;
    });
    const errors = makeBatches("errors, 6 KB", 20, 10, spread);

    progress(`filling: 0 of ${total.toLocaleString("en")} events`);
    await fill(server.url, token, past, total, (done) =>
      progress(`filling: ${done.toLocaleString("en")} of ${total.toLocaleString("en")} events`),
    );
    await fill(server.url, token, errors, 2_000, () => undefined);
    for (let lag = 1; lag > 0;) {
      lag = (await ask<HealthAnswer>("/api/health")).journal.lagBytes;
      progress(`digesting: ${(lag / 1e6).toFixed(1)} MB left`);
      await delay(500);
    }

    const issue = (await ask<IssueList>("/api/issues")).issues[0]!;
    const now = Date.now();
    const screens: Record<string, string[]> = {
      Overview: [`/api/overview?from=${now - DAY_MS}&to=${now}`],
      "Overview, last hour": [`/api/overview?from=${now - 3_600_000}&to=${now}`],
      Issues: ["/api/issues?limit=50"],
      Issue: [`/api/issues/${issue.id}`, `/api/issues/${issue.id}/events`],
      Routes: [`/api/routes?from=${now - DAY_MS}&to=${now}`],
      Series: [`/api/series?from=${now - DAY_MS}&to=${now}`],
    };
    const stop = new AbortController();
    const pacing = pace(server.url, token, stop.signal);
    const rows: BenchRow[] = [];
    for (const [screen, paths] of Object.entries(screens)) {
      progress(`asking for ${screen}`);
      const times: number[] = [];
      for (let index = 0; index < asks; index++) {
        const startedAt = performance.now();
        await Promise.all(paths.map((path) => ask(path)));
        times.push(performance.now() - startedAt);
      }
      rows.push(
        { name: `${screen}: p50`, value: quantile(times, 0.5), unit: "ms" },
        { name: `${screen}: p95`, value: quantile(times, 0.95), unit: "ms" },
      );
    }
    stop.abort();
    const arrived = await pacing;
    return [
      { name: "events stored", value: total, unit: "events" },
      { name: "arriving meanwhile", value: arrived, unit: "events/s" },
      ...rows,
    ];
  } finally {
    await server.remove();
  }
}

async function fill(
  url: string,
  token: string,
  batches: PreparedBatch[],
  total: number,
  report: (done: number) => void,
): Promise<void> {
  let sent = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = await openRawClient(url, "/v1/events", token);
      while (sent < total) {
        const batch = batches[next++ % batches.length]!;
        sent += batch.events;
        for (let status = 0; status !== 200;) {
          status = await client.post(stampBatch(batch));
          if (status === 503 || status === 429) await delay(200);
          else if (status !== 200) throw new Error(`the server answered ${status}`);
        }
        if (next % 200 === 0) report(sent);
      }
      client.close();
    }),
  );
}

/** Sends at a fixed rate until the signal; returns events per second as achieved. */
async function pace(url: string, token: string, signal: AbortSignal): Promise<number> {
  const client = await openRawClient(url, "/v1/events", token);
  const startedAt = performance.now();
  let events = 0;
  while (!signal.aborted) {
    const [batch] = makeBatches("requests, columns", 1, 500, Date.now);
    events += 500;
    await client.post(stampBatch(batch!));
    const aheadMs = (events / PACED_PER_SECOND) * 1000 - (performance.now() - startedAt);
    if (aheadMs > 0) await delay(aheadMs);
  }
  client.close();
  return events / ((performance.now() - startedAt) / 1000);
}
