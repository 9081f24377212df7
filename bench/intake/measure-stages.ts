import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { createServerPorts } from "../../packages/server/src/digest/server-ports.ts";
import { runDigest } from "../../packages/server/src/digest/run-digest.ts";
import type { TextCleaner } from "../../packages/server/src/intake/clean-text.ts";
import { createDecoderWith, createNativeDecoder } from "../../packages/server/src/intake/native-decoder.ts";
import { SharedPosition } from "../../packages/server/src/journal/journal-position.ts";
import { openFileJournal } from "../../packages/server/src/journal/open-file-journal.ts";
import { openJournalReader } from "../../packages/server/src/journal/open-journal-reader.ts";
import type { Decoder } from "../../packages/server/src/model/decoder.ts";
import type { JournalRecord } from "../../packages/server/src/model/journal.ts";
import { openStoreEngine } from "../../packages/server/src/store/open-store.ts";
import type { BenchRow } from "../measure.ts";
import { makeBatches, stampBatch, type BatchShape } from "../support/make-batches.ts";

const SHAPES: { shape: BatchShape; batch: number; batches: number }[] = [
  { shape: "requests, objects", batch: 100, batches: 2000 },
  { shape: "requests, columns", batch: 100, batches: 2000 },
  { shape: "errors, 6 KB", batch: 20, batches: 150 },
];
const ROUNDS = 6;
const QUICK_ROUNDS = 4;
/** Less has no throughput worth the name: requests are not grouped, for one. */
const MEASURABLE_US = 0.02;
const THROUGHPUT = new Set(["bare path (parse, append)", "decode", "redact", "group", "roll up", "keep", "whole path"]);

/** Takes nothing out of texts: what is left of decoding without redaction. */
const UNCLEAN: TextCleaner = { text: (text) => text, path: (path) => path, source: (line) => line };

/**
 * What each step of the write path costs, one after the other in this process, beside the bare path (parse the JSON, make it durable).
 * The best of some rounds, since neighbours on the machine only ever add.
 */
export async function measureStages(quick: boolean): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { shape, batch, batches } of SHAPES) {
    const count = quick ? batches >> 1 : batches;
    const prepared = makeBatches(shape, Math.min(count, 200), batch, Date.now);
    const bodies = Array.from({ length: count }, (_, index) => stampBatch(prepared[index % prepared.length]!));
    const rounds: Map<string, number>[] = [];
    for (let round = 0; round < (quick ? QUICK_ROUNDS : ROUNDS); round++)
      rounds.push(await measureRound(bodies, count * batch, round % 2 === 0));
    const best = new Map([...rounds[0]!.keys()].map((name) => [name, Math.min(...rounds.map((r) => r.get(name)!))]));
    const [bare, decode, total] = [best.get("bare decode")!, best.get("decode and redact")!, best.get("whole path")!];
    best.delete("bare decode");
    best.delete("decode and redact");
    best.delete("whole path");
    const stages = [
      ["bare path (parse, append)", best.get("bare path (parse, append)")!],
      ["decode", bare],
      ["redact", Math.max(0, decode - bare)],
      ...[...best].slice(1),
      ["whole path", total],
    ] as [string, number][];
    for (const [name, us] of stages) {
      rows.push({ name: `${shape}: ${name}`, value: us, unit: "µs/event" });
      if (THROUGHPUT.has(name) && us >= MEASURABLE_US)
        rows.push({ name: `${shape}: ${name}, throughput`, value: 1e6 / us, unit: "events/s a core" });
    }
  }
  return rows;
}

async function measureRound(bodies: Buffer[], events: number, bareFirst: boolean): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  const parse = cpuOf(() => {
    for (const body of bodies) JSON.parse(body.toString());
  });
  // What comes first leaves its garbage to the other: they take turns.
  const measureBare = () => cpuOf(() => decodeAll(createDecoderWith(createRedactor(), UNCLEAN), bodies));
  let bare = bareFirst ? measureBare() : 0;
  let records: JournalRecord[] = [];
  const decode = cpuOf(() => {
    records = decodeAll(createNativeDecoder(), bodies);
  });
  if (!bareFirst) bare = measureBare();
  const folder = mkdtempSync(join(tmpdir(), "gatewatch-stages-"));
  try {
    const engine = await openStoreEngine({ engine: "sqlite", dataDir: folder });
    await engine.control.createProject({ name: "Bench", slug: "bench", at: Date.now() });
    const durable = new SharedPosition();
    const files = join(folder, "journal");
    const journal = await openFileJournal({ files, onDurable: (position) => durable.set(position) });
    durable.set(journal.durable());
    const beforeAppend = process.cpuUsage();
    for (let at = 0; at < records.length; at += 64)
      await Promise.all(records.slice(at, at + 64).map((record) => journal.append(record)));
    const append = cpuSince(beforeAppend);
    const reader = openJournalReader({ files, durable: () => durable.get() });
    const beforeDigest = process.cpuUsage();
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
    const digested = cpuSince(beforeDigest);
    const { stageMs } = digest.stats();
    await reader.close();
    await journal.close();
    await engine.close();
    figures.set("bare path (parse, append)", (parse + append) / events);
    figures.set("bare decode", bare / events);
    figures.set("decode and redact", decode / events);
    figures.set("append to the journal", append / events);
    for (const [name, ms] of Object.entries(stageMs)) figures.set(name, (ms * 1000) / events);
    figures.set("digest, all stages", digested / events);
    figures.set("whole path", (decode + append + digested) / events);
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
