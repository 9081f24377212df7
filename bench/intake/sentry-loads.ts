import { randomBytes } from "node:crypto";
import { openRawClient } from "../support/raw-client.ts";
import type { LanguageLoad } from "./measure-languages.ts";

/** Stands where the id of each send is written. */
const PLACEHOLDER = "0".repeat(32);
const LINE = "        order = self.repository.load(order_id, include_customer=True)";

function makeFrame(index: number): object {
  const inApp = index % 3 !== 0;
  return {
    filename: inApp ? `shop/feature${index}/views.py` : "django/core/handlers/base.py",
    abs_path: inApp
      ? `/srv/shop/shop/feature${index}/views.py`
      : "/srv/shop/.venv/lib/python3.11/site-packages/django/core/handlers/base.py",
    function: `step${index}`,
    module: inApp ? `shop.feature${index}.views` : "django.core.handlers.base",
    lineno: 40 + index,
    pre_context: [LINE, "        if order is None:", "            raise Http404", "", LINE],
    context_line: `        return self.total(order.customer.discount, ${index})`,
    post_context: ["", "    def total(self, discount, count):", LINE, "        return count * discount", ""],
    in_app: inApp,
    vars: { self: "<OrderView object at 0x7f8e>", order_id: "4711", include_customer: "True" },
  };
}

function makeCrumb(index: number, seed: number): object {
  return {
    type: "default",
    category: index % 3 === 0 ? "query" : "shop.orders",
    level: "info",
    message: `SELECT orders.id, orders.total, orders.customer_id FROM orders WHERE orders.id = %s /* ${index} */`,
    data: { order: seed * 100 + index, cached: false },
    timestamp: Date.now() / 1000 - index,
  };
}

/** As the client for Python under Django sends it, frames and breadcrumbs filling it up. */
function makeEvent(seed: number, bytes: number): object {
  const event = {
    event_id: PLACEHOLDER,
    timestamp: new Date().toISOString(),
    platform: "python",
    level: "error",
    environment: "production",
    release: "shop@1.4.2",
    server_name: "web-1",
    transaction: "/orders/{id}",
    sdk: { name: "sentry.python.django", version: "2.48.0", integrations: ["django", "logging", "stdlib"] },
    contexts: {
      runtime: { name: "CPython", version: "3.11.2" },
      trace: { trace_id: "a".repeat(32), span_id: "b".repeat(16) },
    },
    request: {
      method: "POST",
      url: `https://shop.example/orders/${seed}/`,
      headers: { Accept: "*/*", "Content-Type": "application/json", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)" },
      query_string: "step=2",
      data: { sku: "A-1042", amount: 2 },
    },
    user: { id: `u-${seed}` },
    exception: {
      values: [
        {
          type: "AttributeError",
          value: `'NoneType' object has no attribute 'discount' (order ${seed})`,
          module: "builtins",
          mechanism: { type: "django", handled: false },
          stacktrace: { frames: [] as object[] },
        },
      ],
    },
    breadcrumbs: { values: [] as object[] },
  };
  const { frames } = event.exception.values[0]!.stacktrace;
  const crumbs = event.breadcrumbs.values;
  while (JSON.stringify(event).length < bytes - 700) {
    frames.push(makeFrame(frames.length));
    for (let index = 0; index < 2 && crumbs.length < 100; index++) crumbs.push(makeCrumb(crumbs.length, seed));
  }
  return event;
}

function makeEnvelope(seed: number, bytes: number): Buffer {
  const header = { event_id: PLACEHOLDER, sent_at: new Date().toISOString() };
  const payload = Buffer.from(JSON.stringify(makeEvent(seed, bytes)));
  const item = { type: "event", content_type: "application/json", length: payload.length };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n${JSON.stringify(item)}\n`), payload]);
}

/** A copy under an id of its own, in the header and in the event. */
function stamp(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const id = randomBytes(16).toString("hex");
  for (let at = copy.indexOf(PLACEHOLDER); at !== -1; at = copy.indexOf(PLACEHOLDER, at)) copy.write(id, at, "latin1");
  return copy;
}

export const SENTRY_LOADS: readonly LanguageLoad[] = [5_000, 50_000].map((bytes) => ({
  name: `Sentry envelopes of ${bytes / 1000} KB`,
  events: 1,
  make: (seed) => makeEnvelope(seed, bytes),
  stamp,
  open: (url, token) => openRawClient(url, `/api/1/envelope/?sentry_key=${token}`, "", "application/x-sentry-envelope"),
}));
