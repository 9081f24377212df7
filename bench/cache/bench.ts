import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { gatewatch } from "../../packages/gatewatch/src/adapters/http.ts";
import { createGatewatch } from "../../packages/gatewatch/src/create-gatewatch.ts";
import { SYSTEM_CLOCK } from "../../packages/gatewatch/src/gate/clock.ts";
import type { Exchange } from "../../packages/gatewatch/src/gate/exchange.ts";
import { createCacheLayer } from "../../packages/gatewatch/src/layers/cache/create-cache-layer.ts";
import { CACHE_SPEC } from "../../packages/gatewatch/src/options/groups/cache.ts";
import { defaultsOf } from "../../packages/gatewatch/src/options/option-kinds.ts";
import { createExchangeStandIn } from "../../packages/gatewatch/src/record/exchange-stand-in.ts";
import { MemoryResponseStore } from "../../packages/gatewatch/src/state/memory-response-store.ts";
import type { ResponseAddress, StoredResponse } from "../../packages/gatewatch/src/state/response-store.ts";
import { median, quantile, type BenchOptions, type BenchRow } from "../measure.ts";

export const question =
  "What does the cache cost: a hit, a hit that is compressed, a request that it lets pass, a purge of 100,000 answers?";
export const notes =
  "CPU time of the layer alone, without a server: what `onRequest` takes. Purges: time from the call until an answer with that tag is a miss, with 100,000 answers in memory that carry it. Compressed hits: one server and one client in the same process, codings in turns; the client does not decode.";

const ENTRIES = 100_000;
const CALLS = 100_000;
const REQUESTS = 2000;
/** About 11 KB of JSON. */
const LONG = JSON.stringify(
  Array.from({ length: 130 }, (_, id) => ({
    id,
    name: `Walnut desk lamp ${id}`,
    priceCents: 8900 + id,
    tags: ["lamp", "desk"],
  })),
);
const CODINGS = ["identity", "br", "zstd", "gzip"] as const;
const BODY = new TextEncoder().encode('{"id":"42","name":"Ada Lovelace","email":"ada@example.com"}');

function address(index: number): ResponseAddress {
  return { resource: `http://shop.test/items/${index}`, path: `/items/${index}`, variantOf: () => "" };
}

function createResponse(tags: readonly string[]): StoredResponse {
  const lines = [
    ["Content-Type", "application/json; charset=utf-8"],
    ["Cache-Control", "public, max-age=600"],
    ["ETag", '"abcdef"'],
    ["Date", new Date().toUTCString()],
  ] as const;
  const times = {
    receivedMs: Date.now(),
    initialAgeMs: 0,
    freshMs: 600_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
  };
  return { status: 200, lines, body: BODY, ...times, traits: 3, tags };
}

function openStore(): MemoryResponseStore {
  return new MemoryResponseStore({
    maxBytes: 1_073_741_824,
    maxEntries: 2 * ENTRIES,
    maxVariants: 32,
    clock: SYSTEM_CLOCK,
  });
}

function fill(store: MemoryResponseStore): void {
  const { moment } = store.lookup(address(0));
  for (let index = 0; index < ENTRIES; index++) {
    store.put(address(index), [], createResponse(["all", `item-${index}`]), 600_000, moment);
  }
}

/** Its headers are as quick to read as those of a real one. */
function createExchange(method: string, url: string): Exchange {
  const fields: Record<string, string> = { host: "shop.test", "user-agent": "bench", accept: "*/*" };
  const headers = { get: (name: string) => fields[name], getAll: () => [], entries: () => Object.entries(fields) };
  return Object.assign(createExchangeStandIn({ method, url }), { headers });
}

function measureCalls(
  layer: ReturnType<typeof createCacheLayer>,
  exchanges: readonly Exchange[],
  rounds: number,
): number[] {
  const figures: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let call = 0; call < CALLS; call++) layer.onRequest?.(exchanges[call % exchanges.length]!);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) figures.push(((user + system) * 1000) / CALLS);
  }
  return figures;
}

function measurePurges(rounds: number): number[] {
  const figures: number[] = [];
  const store = openStore();
  for (let round = 0; round < rounds; round++) {
    fill(store);
    const before = performance.now();
    store.purge({ kind: "tag", tag: "all" });
    const isGone = store.lookup(address(7)).response === undefined;
    figures.push((performance.now() - before) * 1000);
    if (!isGone) throw new Error("what was purged is still there");
  }
  return figures;
}

/** A whole server, as the gate's layers and Node make the answer together. */
async function measureCompressed(rounds: number): Promise<Map<string, number[]>> {
  const layers = { requestId: false, accessLog: false, timing: false, record: false, metrics: false } as const;
  const core = createGatewatch(
    { enabled: false, ...layers, cache: { enabled: true, routes: { "/*": 3_600_000 } } },
    { env: {}, dotenv: undefined },
  );
  const server = createServer(
    gatewatch((_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(LONG);
    }, core),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const figures = new Map<string, number[]>(CODINGS.map((coding) => [coding, []]));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const coding of CODINGS) {
        const before = process.cpuUsage();
        for (let call = 0; call < REQUESTS; call++) await fetchOnce(port, agent, coding);
        const { user, system } = process.cpuUsage(before);
        if (round > 0) figures.get(coding)!.push((user + system) / REQUESTS);
      }
    }
  } finally {
    agent.destroy();
    server.close();
    await core.close(0);
  }
  return figures;
}

function fetchOnce(port: number, agent: Agent, coding: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "Accept-Encoding": coding };
    const asked = request({ host: "127.0.0.1", port, agent, headers }, (answer) => {
      answer.resume().once("end", resolve);
    });
    asked.once("error", reject).end();
  });
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const rounds = quick ? 5 : 20;
  const store = openStore();
  progress("filling");
  fill(store);
  const ports = { store, clock: SYSTEM_CLOCK, ownNames: [], isCompressed: false };
  const layer = createCacheLayer({ ...defaultsOf(CACHE_SPEC), enabled: true }, ports);
  const hits = Array.from({ length: 1000 }, (_, index) => createExchange("GET", `/items/${index * 97}`));
  const posts = [createExchange("POST", "/items/1")];
  progress("hits");
  const hitNs = measureCalls(layer, hits, rounds);
  progress("requests that pass");
  const postNs = measureCalls(layer, posts, rounds);
  const { bytes = 0 } = store.stats();
  progress("compressed hits");
  const compressed = await measureCompressed(quick ? 5 : 20);
  const lowest = (coding: (typeof CODINGS)[number]): number => quantile(compressed.get(coding)!, 0.2);
  progress("purges");
  const purgeUs = measurePurges(quick ? 3 : 10);
  return [
    { name: "hit in memory: CPU, lowest fifth", value: quantile(hitNs, 0.2), unit: "ns" },
    { name: "hit in memory: CPU, median", value: median(hitNs), unit: "ns" },
    { name: "POST, which passes: CPU, lowest fifth", value: quantile(postNs, 0.2), unit: "ns" },
    { name: "an answer of 59 bytes in memory, as counted", value: bytes / ENTRIES, unit: "B" },
    { name: "hit of 11 KB on a server, with its client: CPU, lowest fifth", value: lowest("identity"), unit: "µs" },
    ...CODINGS.slice(1).map((coding) => ({
      name: `the same in ${coding} ÷ uncompressed`,
      value: lowest(coding) / lowest("identity"),
      unit: "×",
    })),
    { name: "purge of 100,000 answers by tag: median", value: median(purgeUs), unit: "µs" },
    { name: "purge of 100,000 answers by tag: longest", value: Math.max(...purgeUs), unit: "µs" },
  ];
}
