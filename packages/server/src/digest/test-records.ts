import type { ErrorEvent, NativeBatch } from "@gatewatch/protocol";
import type { JournalRecord } from "../model/journal.ts";

/** 2026-11-20T12:00:00Z */
export const TEST_TIME = 1_795_176_000_000;
const ROUTES = ["/", "/products/:id", "/cart"];

export interface TestBatch {
  seed: number;
  requests?: number;
  errors?: number;
  logs?: number;
  projectId?: number;
  time?: number;
}

/** Test support: a journal record as intake writes it. The same seed makes the same batch. */
export function makeTestRecord({
  seed,
  requests = 10,
  errors = 0,
  logs = 0,
  projectId = 1,
  time,
}: TestBatch): JournalRecord {
  const at = time ?? TEST_TIME + seed * 100;
  const rows = Array.from({ length: requests }, (_, i) => i);
  const id = seed.toString(16).padStart(12, "0");
  const batch: NativeBatch = {
    batch: `01890a5d-ac96-774b-bcce-${id}`,
    sentAt: at,
    resource: { service: "shop", release: "1.0.0" },
    dict: ["GET", "POST", ...ROUTES],
    columns: {
      request: {
        n: requests,
        t0: at,
        time: rows,
        durationUs: rows.map((i) => 1000 + ((seed * 31 + i * 7) % 5000)),
        status: rows.map((i) => [200, 200, 404, 500][(seed + i) % 4]!),
        method: rows.map((i) => i % 2),
        route: rows.map((i) => (i % 4 === 3 ? null : 2 + (i % 3))),
        path: rows.map((i) => `/products/${seed}-${i}`),
      },
    },
    events: [
      ...Array.from({ length: errors }, (_, i) => makeTestError(`${id}-${i}`, at, i)),
      ...Array.from({ length: logs }, (_, i) => ({
        type: "log" as const,
        time: at,
        level: "info" as const,
        message: `log ${i}`,
      })),
    ],
  };
  return {
    projectId,
    receivedAt: at + 5,
    batchId: Buffer.from(batch.batch.replaceAll("-", ""), "hex"),
    body: Buffer.from(JSON.stringify(batch)),
  };
}

function makeTestError(id: string, time: number, kind: number): ErrorEvent {
  const name = ["readPrice", "chargeCard", "loadCart"][kind % 3]!;
  return {
    type: "error",
    id: `error-${id}`,
    time,
    level: "error",
    handled: false,
    mechanism: "throw",
    exceptions: [
      {
        type: "TypeError",
        message: `${name} failed`,
        frames: [{ file: `src/${name}.js`, function: name, line: 10, column: 3, inApp: true }],
      },
    ],
    request: { method: "GET", url: "/cart", route: "/cart", headers: {}, query: {} },
    user: { authenticated: true, id: `user-${id}`, username: null },
  };
}
