import type { ErrorEvent, IssueRow, StackFrame, StoredErrorEvent } from "@gatewatch/protocol";

const library = (file: string, name: string, line: number): StackFrame => ({
  file,
  function: name,
  line,
  column: 11,
  inApp: false,
});

/** One failed checkout, with everything that an event can carry, hostile parts included. */
export function createMockEvent(issue: IssueRow, index: number, now: number): StoredErrorEvent {
  const time = now - 40_000 - index * 97_000;
  const [type = "Error", ...rest] = issue.title.split(": ");
  const event: ErrorEvent = {
    type: "error",
    id: `00000000-0000-4000-8000-${String(issue.id).padStart(6, "0")}${String(index).padStart(6, "0")}`,
    time,
    level: issue.level,
    handled: false,
    mechanism: "rejection",
    requestId: "0f3f9a1c-5d2e-7c11-9a66-1d2f3a4b5c6d",
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    exceptions: [
      {
        type: "CheckoutError",
        message: `Could not place order ${90_210 + index}`,
        frames: [
          {
            file: "src/routes/checkout.ts",
            function: "placeOrder",
            line: 57,
            column: 11,
            inApp: true,
            context: {
              pre: ["  const cart = await loadCart(req.user.id);", "  try {"],
              line: "    const total = totalOf(cart, { currency: 'EUR', token: \"[REDACTED]\" });",
              post: ["    await charge(total);", "  } catch (cause) { // told to the customer below"],
            },
          },
          library("node_modules/express/lib/router/layer.js", "Layer.handleRequest", 152),
          library("node_modules/express/lib/router/route.js", "next", 157),
          library("node:internal/process/task_queues", "processTicksAndRejections", 105),
        ],
      },
      {
        type: rest.length > 0 ? type : "Error",
        message: rest.join(": ") || issue.title,
        parent: 0,
        relation: "cause",
        frames: [
          {
            file: issue.culprit.split(":")[0] ?? "src/lib/price.ts",
            function: "totalOf",
            line: 42,
            column: 31,
            inApp: true,
            context: {
              pre: ["export function totalOf(cart: Cart): number {", "  return cart.items.reduce((sum, item) => {"],
              line: "    const price = catalogue.get(item.sku).price * item.quantity; // <b>per unit</b>",
              post: ["    return sum + price;", "  }, 0);"],
            },
          },
          { file: "src/routes/checkout.ts", function: "placeOrder", line: 57, column: 21, inApp: true },
          library("node_modules/@shop/flow/run.js", "run", 20),
        ],
      },
    ],
    request: {
      method: "POST",
      url: "/checkout?step=pay&token=[REDACTED]",
      route: "/checkout",
      headers: {
        host: "shop.example",
        authorization: "[REDACTED]",
        cookie: "[REDACTED]",
        "content-type": "application/json",
        "x-note": "<script>document.title='owned'</script>",
        accept: ["application/json", "text/plain"],
      },
      query: { step: "pay", token: "[REDACTED]" },
      body: {
        items: [
          { sku: "TEA-200", quantity: 2 },
          { sku: "\u202Egnp.exe", quantity: 1 },
        ],
        card: "[REDACTED]",
        note: '"><img src=x onerror=alert(1)>',
      },
      contentType: "application/json",
      client: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
      status: 500,
    },
    user: { authenticated: true, id: 4711, username: "ada", email: null },
    breadcrumbs: [
      {
        time: time - 1840,
        category: "http",
        level: "info",
        message: "GET https://stock.internal/items/TEA-200 200",
        data: { ms: 38 },
      },
      {
        time: time - 1210,
        category: "query",
        message: "SELECT * FROM carts WHERE user_id = $1",
        data: { ms: 4, rows: 1 },
      },
      { time: time - 640, category: "log", level: "warn", message: "sku TEA-200 is not in the catalogue cache" },
      {
        time: time - 95,
        category: "http",
        level: "error",
        message: "POST https://pay.internal/charge [REDACTED] ECONNREFUSED",
      },
      { time: time - 12, category: "custom", message: "discount applied", data: { code: "<i>SPRING</i>" } },
    ],
    attributes: { tenant: "nord", plan: "team" },
    custom: { cartValue: 83.5 },
  };
  return {
    id: event.id,
    issueId: issue.id,
    receivedAt: time + 120,
    pin: index === 0 ? "latest" : "sample",
    release: "1.4.1",
    environment: "production",
    host: "web-2",
    event,
  };
}
