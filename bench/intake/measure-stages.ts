import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { createServerPorts } from "../../packages/server/src/digest/server-ports.ts";
import { runDigest } from "../../packages/server/src/digest/run-digest.ts";
import { createNativeDecoder } from "../../packages/server/src/intake/native-decoder.ts";
import { SharedPosition } from "../../packages/server/src/journal/journal-position.ts";
import { openFileJournal } from "../../packages/server/src/journal/open-file-journal.ts";
import { openJournalReader } from "../../packages/server/src/journal/open-journal-reader.ts";
import type { Decoder } from "../../packages/server/src/model/decoder.ts";
import type { JournalRecord } from "../../packages/server/src/model/journal.ts";
import { openStoreEngine } from "../../packages/server/src/store/open-store.ts";
import { median, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch, type BatchShape } from "../support/make-batches.ts";

const SHAPES: { shape: BatchShape; batch: number; batches: number }[] = [
  { shape: "requests, objects", batch: 100, batches: 2000 },
  { shape: "requests, columns", batch: 100, batches: 2000 },
  { shape: "errors, 6 KB", batch: 20, batches: 150 },
];
const ROUNDS = 3;

/** Takes nothing out: what is left of decoding without redaction. */
const BARE: Redactor = {
  redactText: (text) => text,
  redactSource: (line) => line,
  redactUrl: (url) => url,
  redactHeaders: (headers) => headers as Record<string, string | string[]>,
  redactQuery: (query) => query,
  redactValue: (value) => value,
  isSensitiveKey: () => false,
};

/** Microseconds of CPU per event of each step of the write path, one after the other in this process, beside the bare path. */
export async function measureStages(quick: boolean): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { shape, batch, batches } of SHAPES) {
    const count = quick ? batches >> 1 : batches;
    const prepared = makeBatches(shape, Math.min(count, 200), batch, Date.now);
    const bodies = Array.from({ length: count }, (_, index) => stampBatch(prepared[index % prepared.length]!));
    const rounds: Map<string, number>[] = [];
    for (let round = 0; round < (quick ? 1 : ROUNDS) + 1; round++)
      rounds.push(await measureRound(bodies, count * batch));
    // The first round warms the code up.
    const measured = rounds.slice(1);
    for (const name of measured[0]!.keys())
      rows.push({
        name: `${shape}: ${name}`,
        value: median(measured.map((round) => round.get(name)!)),
        unit: "µs/event",
      });
  }
  return rows;
}

async function measureRound(bodies: Buffer[], events: number): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  const parse = cpuOf(() => {
    for (const body of bodies) JSON.parse(body.toString());
  });
  const bare = cpuOf(() => decodeAll(createNativeDecoder(BARE), bodies));
  let records: JournalRecord[] = [];
  const decode = cpuOf(() => {
    records = decodeAll(createNativeDecoder(createRedactor()), bodies);
  });
  const folder = mkdtempSync(join(tmpdir(), "gatewatch-stages-"));
  try {
    const engine = await openStoreEngine({ engine: "sqlite", dataDir: folder });
    await engine.control.createProject({ name: "Bench", slug: "bench", at: Date.now() });
    const durable = new SharedPosition();
    const files = join(folder, "journal");
    const journal = await openFileJournal({ files, onDurable: (position) => durable.set(position) });
    durable.set(journal.durable());
    const before = process.cpuUsage();
    for (let at = 0; at < records.length; at += 64)
      await Promise.all(records.slice(at, at + 64).map((record) => journal.append(record)));
    const append = cpuSince(before);
    const reader = openJournalReader({ files, durable: () => durable.get() });
    const digest = runDigest({
      reader,
      engine,
      durable,
      ports: createServerPorts({ hasModel: false }),
      clock: Date.now,
      poisonFolder: join(folder, "poison"),
      publicUrl: null,
      onCommit: () => {},
      log: () => {},
    });
    await digest.stop(600_000);
    const { stageMs } = digest.stats();
    await reader.close();
    await journal.close();
    await engine.close();
    figures.set("bare path (parse, append)", (parse + append) / events);
    figures.set("decode", bare / events);
    figures.set("redact", Math.max(0, decode - bare) / events);
    figures.set("append to the journal", append / events);
    for (const [name, ms] of Object.entries(stageMs)) figures.set(`digest: ${name} (wall)`, (ms * 1000) / events);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
}

function decodeAll(decoder: Decoder, bodies: Buffer[]): JournalRecord[] {
  return bodies.map((bytes) => {
    const receivedAt = Date.now();
    const { body } = decoder.decode(bytes, { projectId: 1, receivedAt, addressKey: null });
    return { projectId: 1, receivedAt, batchId: randomBytes(16), body };
  });
}

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return cpuSince(before);
}

/** Microseconds of all threads of this process. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
