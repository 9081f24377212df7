import { parentPort, workerData } from "node:worker_threads";
import { SharedPosition } from "../journal/journal-position.ts";
import { openJournalReader } from "../journal/open-journal-reader.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { serveStore } from "../store/store-rpc.ts";
import { describe, isFinalTrouble } from "./digest-entries.ts";
import { createDigestStats } from "./digest-stats.ts";
import { runDigest, type RunningDigest } from "./run-digest.ts";
import { createServerPorts } from "./server-ports.ts";
import type { DigestCommand, DigestReport, DigestWorkerData } from "./worker-messages.ts";

if (!parentPort) throw new Error("This file is the digest's thread; start it with startDigest().");
const port = parentPort;
const data = workerData as DigestWorkerData;
const report = (message: DigestReport) => port.postMessage(message);

const engine = await openStoreEngine(data.store);
const durable = new SharedPosition(data.durable);
const log = (level: "info" | "warn" | "error", message: string) => report({ type: "log", level, message });
const reader = openJournalReader({
  files: data.journalFolder,
  durable: () => durable.get(),
  salvage: data.salvage,
  log,
});
const stopServing = serveStore(data.storePort, engine);
let running: RunningDigest | undefined;

function follow(): void {
  running = runDigest({
    reader,
    engine,
    ports: createServerPorts({ hasModel: data.hasModel }),
    clock: Date.now,
    durable,
    poisonFolder: data.poisonFolder,
    publicUrl: data.publicUrl,
    maxUnitBytes: data.maxUnitBytes,
    gatherMs: data.gatherMs,
    log,
    onCommit: (position, notices, stats) => report({ type: "committed", position, notices, stats }),
  });
  const { done, stats } = running;
  done.catch((error: unknown) => {
    const code = (error as { code?: unknown } | null)?.code;
    report({
      type: "halted",
      code: typeof code === "string" ? code : null,
      message: describe(error),
      mustEnd: isFinalTrouble(error),
      stats: stats(),
    });
  });
}

async function stop(deadlineMs: number): Promise<void> {
  const drained = running ? (await running.stop(deadlineMs)).drained : true;
  report({ type: "stopped", drained, stats: running?.stats() ?? createDigestStats() });
}

async function close(): Promise<void> {
  await running?.stop(0);
  stopServing();
  await reader.close();
  await engine.close();
  data.storePort.close();
  report({ type: "closed" });
  port.close();
}

port.on("message", (command: DigestCommand) => {
  switch (command.type) {
    case "follow":
      follow();
      break;
    case "stop":
      void stop(command.deadlineMs);
      break;
    case "close":
      void close();
      break;
    default:
      command satisfies never;
  }
});
report({ type: "opened", position: await engine.digestPosition() });
