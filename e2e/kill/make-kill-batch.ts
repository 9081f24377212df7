import type { ErrorEvent, NativeBatch, RequestEvent } from "@gatewatch/protocol";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";

/** A batch as it is sent, with what it must add to the store. */
export interface KillBatch {
  id: string;
  text: string;
  requests: number;
  sumUs: number;
  errors: number;
}

const ROUTES = ["/", "/products/:id", "/cart", "/orders/:id/items", "/login"];
const CULPRITS = ["readPrice", "chargeCard", "loadCart", "sendMail", "findUser", "parseQuery"];

/** Seeded numbers from 0 to 1 (mulberry32), so that a run can be repeated. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A batch of random size: requests as objects or as columns, errors among them in one of four. */
export function makeKillBatch(random: () => number, number: number): KillBatch {
  const now = Date.now();
  const id = makeBatchId(now, number, random);
  const n = 1 + Math.floor(random() ** 2 * 120);
  const rows = Array.from({ length: n }, (_, i) => ({
    time: now - i,
    durationUs: 100 + Math.floor(random() * 200_000),
    status: [200, 200, 200, 304, 404, 500][Math.floor(random() * 6)]!,
    method: random() < 0.8 ? "GET" : "POST",
    route: random() < 0.1 ? null : ROUTES[Math.floor(random() * ROUTES.length)]!,
    path: `/products/${Math.floor(random() * 1000)}`,
  }));
  const errors =
    random() < 0.25
      ? Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => makeError(`${id}-${i}`, now, random))
      : [];
  const frame = { batch: id, sentAt: now, resource: { service: "kill-test", release: "1.0.0" } };
  const batch: NativeBatch =
    random() < 0.5
      ? { ...frame, ...asColumns(rows, now, errors) }
      : { ...frame, events: [...rows.map(asEvent), ...errors] };
  return {
    id,
    text: JSON.stringify(batch),
    requests: n,
    sumUs: rows.reduce((sum, row) => sum + row.durationUs, 0),
    errors: errors.length,
  };
}

interface Row {
  time: number;
  durationUs: number;
  status: number;
  method: string;
  route: string | null;
  path: string;
}

function asEvent({ durationUs, ...row }: Row): RequestEvent {
  return { type: "request", ...row, durationMs: durationUs / 1000 };
}

function asColumns(rows: Row[], now: number, errors: ErrorEvent[]): Pick<NativeBatch, "dict" | "columns" | "events"> {
  const dict = ["GET", "POST", ...ROUTES];
  const refer = (text: string | null) => (text === null ? null : dict.indexOf(text));
  return {
    dict,
    columns: {
      request: {
        n: rows.length,
        t0: now - rows.length,
        time: rows.map((row) => row.time - now + rows.length),
        durationUs: rows.map((row) => row.durationUs),
        status: rows.map((row) => row.status),
        method: rows.map((row) => refer(row.method)),
        route: rows.map((row) => refer(row.route)),
        path: rows.map((row) => row.path),
      },
    },
    ...(errors.length > 0 && { events: errors }),
  };
}

function makeError(id: string, time: number, random: () => number): ErrorEvent {
  const culprit = CULPRITS[Math.floor(random() * CULPRITS.length)]!;
  return {
    type: "error",
    id,
    time,
    level: "error",
    handled: false,
    mechanism: "throw",
    exceptions: [
      {
        type: "TypeError",
        message: `${culprit} failed`,
        frames: [{ file: `src/${culprit}.js`, function: culprit, line: 12, column: 3, inApp: true }],
      },
    ],
    user: { authenticated: true, id: `user-${Math.floor(random() * 50)}`, username: null },
  };
}

function makeBatchId(now: number, number: number, random: () => number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return formatUuid(makeUuidV7(bytes, now, Math.floor(random() * 0x1000)));
}
