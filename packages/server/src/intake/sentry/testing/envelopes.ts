/** Test support: envelopes as clients of this language write them. */

/** Type, payload (a Buffer gets its length told, as attachments do) and further fields of the header. */
export type Item = [type: string, payload: object | Buffer, header?: object];

export function makeEnvelope(header: object, items: readonly Item[]): Buffer {
  const parts: (string | Buffer)[] = [JSON.stringify(header)];
  for (const [type, payload, more = {}] of items) {
    const isBytes = Buffer.isBuffer(payload);
    parts.push("\n", JSON.stringify({ type, ...(isBytes ? { length: payload.length } : {}), ...more }), "\n");
    parts.push(isBytes ? payload : JSON.stringify(payload));
  }
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

/** An event as the client for Node sends it. */
export function makeEvent(timeMs: number) {
  return {
    timestamp: timeMs / 1000,
    platform: "node",
    environment: "production",
    release: "shop@1.4.2",
    server_name: "web-1",
    sdk: { name: "sentry.javascript.node", version: "10.63.0" },
    contexts: { runtime: { name: "node", version: "v24.1.0" } },
    exception: {
      values: [
        {
          type: "TypeError",
          value: "Cannot read properties of undefined (reading 'price')",
          mechanism: { type: "generic", handled: true },
          stacktrace: {
            frames: [
              { filename: "node:internal/timers", function: "listOnTimeout", lineno: 585, colno: 17, in_app: false },
              { filename: "/srv/shop/src/cart.js", function: "total", lineno: 12, colno: 5, in_app: true },
            ],
          },
        },
      ],
    },
  };
}

/** A transaction of a server as the client for Python sends it. */
export function makeTransaction(timeMs: number) {
  const at = (offset: number) => new Date(timeMs + offset).toISOString();
  const span = { trace_id: "1".repeat(32), span_id: "3".repeat(16), op: "db", description: "SELECT 1" };
  return {
    type: "transaction",
    transaction: "/orders/{id}",
    transaction_info: { source: "route" },
    start_timestamp: at(-250),
    timestamp: at(0),
    release: "shop@1.4.2",
    contexts: {
      trace: { trace_id: "1".repeat(32), span_id: "2".repeat(16), op: "http.server", status: "unavailable" },
    },
    request: { url: "https://shop.example/orders/7?token=hunter2", method: "POST" },
    spans: [
      { ...span, start_timestamp: at(-100), timestamp: at(-90) },
      { ...span, start_timestamp: at(-80), timestamp: at(-60) },
    ],
  };
}
