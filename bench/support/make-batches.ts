import { randomUUID } from "node:crypto";
import type { ErrorEvent, NativeBatch, RequestColumns, RequestEvent } from "@gatewatch/protocol";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";

const ROUTES = Array.from({ length: 40 }, (_, index) => ({
  method: index % 4 === 0 ? "POST" : "GET",
  route: `/api/v1/resource${index}/:id`,
}));
const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const RESOURCE = { service: "bench", environment: "production", release: "1.4.2", host: "web-1", runtime: "node 24" };
/** Stands where the id of each send is written. */
const PLACEHOLDER = "00000000-0000-7000-8000-000000000000";

/** A batch as bytes whose id can be set anew for each send. */
export interface PreparedBatch {
  bytes: Buffer;
  idOffset: number;
  events: number;
}

function makeRequest(time: number): RequestEvent {
  const { method, route } = ROUTES[Math.floor(Math.random() ** 2 * ROUTES.length)]!;
  const number = Math.floor(Math.random() * 100_000);
  const status = Math.random() < 0.96 ? 200 : Math.random() < 0.7 ? 404 : 500;
  return {
    type: "request",
    time,
    method,
    route,
    path: route.replace(":id", String(number)),
    status,
    durationMs: Math.round(Math.exp(Math.random() * 5) * 1000) / 1000,
    requestId: randomUUID(),
    responseBytes: 200 + (number % 5000),
    userAgent: AGENT,
    userId: `u-${number % 997}`,
    host: "shop.example",
    scheme: "https",
  };
}

function makeError(time: number, bytes: number, kind: number): ErrorEvent {
  const frames = Array.from({ length: 12 }, (_, index) => ({
    file: index < 5 ? `src/feature${kind}/step${index}.ts` : `node_modules/express/lib/router/layer${index}.js`,
    function: `step${index}`,
    line: 40 + index,
    column: 11,
    inApp: index < 5,
    ...(index < 5
      ? {
          context: {
            pre: ["  const order = await load(id);", "  if (!order) return null;"],
            line: `  return total(order.customer.discount, ${index});`,
            post: ["}", ""],
          },
        }
      : {}),
  }));
  const event: ErrorEvent = {
    type: "error",
    id: randomUUID(),
    time,
    level: "error",
    handled: false,
    mechanism: "throw",
    exceptions: [
      {
        type: "TypeError",
        message: `Cannot read properties of undefined (reading 'discount') for order ${Math.floor(Math.random() * 1e6)}`,
        frames,
      },
    ],
    request: {
      method: "POST",
      url: `/checkout?step=${kind}`,
      route: "/checkout",
      headers: { "user-agent": AGENT, "content-type": "application/json", accept: "*/*" },
      query: { step: String(kind) },
      contentType: "application/json",
    },
    user: { authenticated: true, id: `u-${Math.floor(Math.random() * 5000)}`, username: "ada" },
    breadcrumbs: [],
  };
  const line = {
    time,
    category: "log" as const,
    level: "info" as const,
    message: "loaded the order of a customer from the primary database in 12 ms, cache miss",
  };
  while (JSON.stringify(event).length < bytes - 150)
    for (let i = 0; i < 8 && event.breadcrumbs!.length < 100; i++)
      event.breadcrumbs!.push({
        ...line,
        message: bytes > 10_000 ? `${line.message} ${"row ".repeat(100)}` : line.message,
      });
  return event;
}

function toColumns(events: RequestEvent[]): { dict: string[]; request: RequestColumns } {
  const dict: string[] = [];
  const indexes = new Map<string, number>();
  const at = (text: string): number => {
    let index = indexes.get(text);
    if (index === undefined) indexes.set(text, (index = dict.push(text) - 1));
    return index;
  };
  const t0 = events[0]!.time;
  return {
    dict,
    request: {
      n: events.length,
      t0,
      time: events.map((event) => event.time - t0),
      durationUs: events.map((event) => Math.round(event.durationMs * 1000)),
      status: events.map((event) => event.status),
      method: events.map((event) => at(event.method)),
      path: events.map((event) => event.path),
      route: events.map((event) => at(event.route!)),
      requestId: events.map((event) => event.requestId!),
      userAgent: events.map((event) => at(event.userAgent!)),
      userId: events.map((event) => at(event.userId!)),
      host: events.map((event) => at(event.host!)),
      scheme: events.map((event) => at(event.scheme!)),
      responseBytes: events.map((event) => event.responseBytes!),
    },
  };
}

function prepare(batch: NativeBatch, events: number): PreparedBatch {
  const bytes = Buffer.from(JSON.stringify(batch));
  return { bytes, idOffset: bytes.indexOf(PLACEHOLDER), events };
}

export type BatchShape = "requests, objects" | "requests, columns" | "errors, 6 KB" | "errors, 50 KB";

/** Different batches of one shape; `timeOf` gives each event's time. */
export function makeBatches(shape: BatchShape, count: number, size: number, timeOf: () => number): PreparedBatch[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = { batch: PLACEHOLDER, sentAt: Date.now(), resource: RESOURCE };
    switch (shape) {
      case "requests, objects":
        return prepare({ ...frame, events: Array.from({ length: size }, () => makeRequest(timeOf())) }, size);
      case "requests, columns": {
        const { dict, request } = toColumns(
          Array.from({ length: size }, () => makeRequest(timeOf())).toSorted((a, b) => a.time - b.time),
        );
        return prepare({ ...frame, dict, columns: { request } }, size);
      }
      case "errors, 6 KB":
      case "errors, 50 KB": {
        const bytes = shape === "errors, 6 KB" ? 6_000 : 50_000;
        return prepare(
          {
            ...frame,
            events: Array.from({ length: size }, (_event, event) => makeError(timeOf(), bytes, (index + event) % 50)),
          },
          size,
        );
      }
    }
  });
}

let sent = 0;
/** A copy of the batch under an id of its own. */
export function stampBatch(batch: PreparedBatch): Buffer {
  const copy = Buffer.from(batch.bytes);
  // Distinct among the processes of a run without being drawn.
  const own = new DataView(new ArrayBuffer(16));
  own.setUint16(8, process.pid & 0x0fff);
  own.setUint32(12, ++sent);
  copy.write(formatUuid(makeUuidV7(new Uint8Array(own.buffer), Date.now())), batch.idOffset, "latin1");
  return copy;
}
