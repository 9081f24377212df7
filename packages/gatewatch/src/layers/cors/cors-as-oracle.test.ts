import { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import type { EarlyReply } from "../../gate/exchange.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { CorsOptions } from "../../options/groups/cors.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import { createCorsLayer } from "./create-cors-layer.ts";

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
const require = createRequire(import.meta.url);
const cors = require("cors") as (options: object) => Middleware;

/** The same rules in both languages. */
const RULES: readonly [name: string, theirs: object, ours: Partial<CorsOptions>][] = [
  ["a list of one", { origin: ["https://a.test"] }, { origins: ["https://a.test"] }],
  [
    "a list of two",
    { origin: ["https://a.test", "https://b.test"] },
    { origins: ["https://a.test", "https://b.test"] },
  ],
  ["a pattern", { origin: [/^https:\/\/\w+\.c\.test$/] }, { origins: /^https:\/\/\w+\.c\.test$/ }],
  [
    "a mixed list",
    { origin: ["https://a.test", /^https:\/\/\w+\.c\.test$/] },
    { origins: ["https://a.test", /^https:\/\/\w+\.c\.test$/] },
  ],
  ["everybody", { origin: "*" }, { origins: "*" }],
  ["credentials", { origin: ["https://a.test"], credentials: true }, { origins: "https://a.test", credentials: true }],
  [
    "exposed headers",
    { origin: ["https://a.test"], exposedHeaders: ["X-A", "X-B"] },
    { origins: "https://a.test", exposedHeaders: ["X-A", "X-B"] },
  ],
  [
    "methods",
    { origin: ["https://a.test"], methods: ["GET", "PUT"] },
    { origins: "https://a.test", methods: ["GET", "PUT"] },
  ],
  [
    "allowed headers",
    { origin: ["https://a.test"], allowedHeaders: ["X-A", "X-B"] },
    { origins: "https://a.test", allowedHeaders: ["X-A", "X-B"] },
  ],
  ["another age", { origin: ["https://a.test"], maxAge: 5 }, { origins: "https://a.test", maxAgeSeconds: 5 }],
];
const ORIGINS = [
  "https://a.test",
  "https://b.test",
  "https://x.c.test",
  "https://x.c.test.evil.test",
  "http://a.test",
  "https://a.test:8443",
];
const REQUESTS: readonly [method: string, headers: Record<string, string>][] = [
  ["GET", {}],
  ["POST", {}],
  ["OPTIONS", { "access-control-request-method": "PUT" }],
  ["OPTIONS", { "access-control-request-method": "PUT", "access-control-request-headers": "x-a,x-b" }],
];

const cases = RULES.flatMap(([name, theirs, ours]) =>
  ORIGINS.flatMap((origin) =>
    REQUESTS.map(([method, headers]) => ({ name, theirs, ours, method, headers: { ...headers, origin } })),
  ),
);

/** As sets: neither order nor spelling says anything. */
function normalise(headers: Record<string, unknown>): Record<string, unknown> {
  const items = (value: unknown): string[] =>
    String(value)
      .split(",")
      .map((item) => item.trim().toLowerCase())
      .toSorted();
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => /^access-control-(?!max-age)|^vary$/.test(name))
      .map(([name, value]) => [name, items(value)]),
  );
}

describe("the same as cors", () => {
  it.each(cases)("$name: $method $headers", async ({ theirs, ours, method, headers }) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method, headers });
    const response = new ServerResponse(request);
    cors(theirs)(request, response, () => undefined);

    const x = createExchangeStandIn({ method, headers });
    const layer = createCorsLayer({ ...DEFAULTS.cors, ...ours });
    const reply = (await layer.onRequest?.(x)) as EarlyReply | undefined;
    const head = createHeadStandIn(reply?.headers, reply?.status ?? 200);
    layer.onHead?.(x, head, createBodyStandIn());

    const own = normalise(head.all());
    const expected = normalise(response.getHeaders());
    const isAllowed = expected["access-control-allow-origin"] !== undefined;
    // To those who are not allowed, cors says all the same what would be; we say nothing.
    expect(own).toEqual(isAllowed ? expected : { vary: ["origin"] });
  });
});
