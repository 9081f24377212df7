import type { ErrorEvent } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import { buildErrorEvent, buildException } from "../build-error-event.ts";
import { groupByV1 } from "./group-by-v1.ts";

/** One issue: the second event's primary, or a hash that leads to it, is known from the first. */
function isSameIssue(first: ErrorEvent, second: ErrorEvent): boolean {
  const known = new Set(hashes(first));
  return hashes(second).some((hash) => known.has(hash));
}

function hashes(event: ErrorEvent): string[] {
  const { primary, secondary } = groupByV1(event);
  return [primary, ...secondary].map(({ hash }) => hash);
}

function thrown(type: string, message: string, frames: string[], extra: Partial<ErrorEvent> = {}): ErrorEvent {
  return buildErrorEvent([buildException(type, message, frames)], extra);
}

const HANDLER = "src/routes/cart.ts:9 addItem";

const CASES: { name: string; one: ErrorEvent; other: ErrorEvent; same: boolean }[] = [
  {
    name: "a factory's errors with different messages stay apart",
    one: thrown("ApiError", "Coupon expired", [
      "src/errors.ts:3 createError | return new ApiError(code, message);",
      HANDLER,
    ]),
    other: thrown("ApiError", "Cart is locked", [
      "src/errors.ts:3 createError | return new ApiError(code, message);",
      HANDLER,
    ]),
    same: false,
  },
  {
    name: "a shared thrower without a telling name is known by its source line",
    one: thrown("RpcError", "permission denied", ["src/rpc.ts:8 send | throw new RpcError(reply.message);", HANDLER]),
    other: thrown("RpcError", "no such method", ["src/rpc.ts:8 send | throw new RpcError(reply.message);", HANDLER]),
    same: false,
  },
  {
    name: "a class that words its own message from values",
    one: thrown("OutOfStockError", 'Only 3 of "Lamp" in stock', [
      "src/o.ts:3 reserve | if (n > 3) throw new OutOfStockError(line.product.name, line.quantity);",
    ]),
    other: thrown("OutOfStockError", 'Only 3 of "Desk" in stock', [
      "src/o.ts:3 reserve | if (n > 3) throw new OutOfStockError(line.product.name, line.quantity);",
    ]),
    same: true,
  },
  {
    name: "two throws of one function, written over several lines",
    one: thrown("ValidationError", "street is required", [
      'src/o.ts:3 parse | throw new ValidationError( | "street", | "street is required"',
    ]),
    other: thrown("ValidationError", 'postcode "x1" must have five digits', [
      'src/o.ts:5 parse | throw new ValidationError( | "postcode", | `postcode "${postcode}" must have five digits`',
    ]),
    same: false,
  },
  {
    name: "one throw over several lines with values of strangers in its words",
    one: thrown("ValidationError", 'postcode "x1" must have five digits', [
      'src/o.ts:5 parse | throw new ValidationError( | "postcode", | `postcode "${postcode}" must have five digits`',
    ]),
    other: thrown("ValidationError", 'postcode "abc def" must have five digits', [
      'src/o.ts:5 parse | throw new ValidationError( | "postcode", | `postcode "${postcode}" must have five digits`',
    ]),
    same: true,
  },
  {
    name: "a library that throws different things beneath one wrapper",
    one: thrown("DatabaseError", 'relation "carts" does not exist', [
      "node_modules/pg/lib/client.js:5 parse",
      "src/db.ts:4 query",
    ]),
    other: thrown("DatabaseError", "too many clients already", [
      "node_modules/pg/lib/client.js:5 parse",
      "src/db.ts:4 query",
    ]),
    same: false,
  },
  {
    name: "a factory does not join its callers even where they say the same",
    one: thrown("HttpError", "Not found", [
      "src/errors.ts:3 notFound | throw new HttpError(404, text)",
      "src/users.ts:8 getUser",
    ]),
    other: thrown("HttpError", "Not found", [
      "src/errors.ts:3 notFound | throw new HttpError(404, text)",
      "src/orders.ts:8 getOrder",
    ]),
    same: false,
  },
  {
    name: "many callers of one bug are one issue",
    one: thrown("TypeError", "Cannot read properties of undefined (reading 'rate')", [
      "src/tax.ts:7 rateOf | return zone.rate;",
      "src/a.ts:1 checkout",
    ]),
    other: thrown("TypeError", "Cannot read properties of undefined (reading 'rate')", [
      "src/tax.ts:7 rateOf | return zone.rate;",
      "src/b.ts:1 preview",
    ]),
    same: true,
  },
  {
    name: "ids, sums and moments in the words of one throw do not make issues of their own",
    one: thrown("OrderError", "Order 1001 of 12.50 EUR failed after 30ms at 2026-11-20T10:00:00Z", [
      "src/o.ts:1 place",
    ]),
    other: thrown("OrderError", "Order 77 of 3.99 EUR failed after 1.5s at 2026-11-21T11:22:33Z", ["src/o.ts:1 place"]),
    same: true,
  },
  {
    name: "a source map that comes and goes",
    one: thrown("PriceError", "no price", ["src/lib/price.ts:42 total", HANDLER]),
    other: thrown("PriceError", "no price", ["dist/lib/price.js:1041 total", "dist/routes/cart.js:88 addItem"]),
    same: true,
  },
  {
    name: "minified names that change with each build",
    one: thrown("PriceError", "no price", ["build/price.3f2a1b9c.js:1 a", "build/cart.js:1 b"]),
    other: thrown("PriceError", "no price", ["build/price.9d8e7f60.js:1 q", "build/cart.js:1 z"]),
    same: true,
  },
  {
    name: "the route is no part of the key",
    one: thrown("TypeError", "x is not a function", [HANDLER], {
      request: { method: "GET", url: "/a", route: "/a", headers: {}, query: {} },
    }),
    other: thrown("TypeError", "x is not a function", [HANDLER], {
      request: { method: "GET", url: "/b", route: "/b", headers: {}, query: {} },
    }),
    same: true,
  },
  {
    name: "addresses and hashes in the message of a stackless error",
    one: thrown("Error", "connect 10.0.0.7:5432 refused for 0x7fa2 deadbeef01 ada@example.org", []),
    other: thrown("Error", "connect 10.0.0.9:5433 refused for 0x11b0 cafebabe22 bob@example.com", []),
    same: true,
  },
  {
    name: "one generic message from two places is two bugs",
    one: thrown("TypeError", "Cannot read properties of undefined (reading 'id')", ["src/users.ts:4 show"]),
    other: thrown("TypeError", "Cannot read properties of undefined (reading 'id')", ["src/orders.ts:8 list"]),
    same: false,
  },
  {
    name: "two anonymous handlers of one file are told apart by their source line",
    one: thrown("TypeError", "Cannot read properties of undefined (reading 'id')", [
      "src/routes.ts:4 <anonymous> | res.json(req.user.id)",
    ]),
    other: thrown("TypeError", "Cannot read properties of undefined (reading 'id')", [
      "src/routes.ts:9 <anonymous> | res.json(order.buyer.id)",
    ]),
    same: false,
  },
  {
    name: "dependencies that a bundler calls the app's own",
    one: buildErrorEvent([
      {
        type: "PriceError",
        message: "no price",
        frames: [
          { file: "node_modules/express/lib/router.js", function: "handle", line: 5, inApp: true },
          { file: "src/price.ts", function: "total", line: 4, inApp: true },
        ],
      },
    ]),
    other: buildErrorEvent([
      {
        type: "PriceError",
        message: "no price",
        frames: [
          {
            file: "/srv/releases/20261120/node_modules/express/lib/layer.js",
            function: "handleRequest",
            line: 9,
            inApp: true,
          },
          { file: "src/price.ts", function: "total", line: 4, inApp: true },
        ],
      },
    ]),
    same: true,
  },
  {
    name: "an upgraded instrumentation puts other frames around the app's",
    one: thrown("PriceError", "no price", ["src/price.ts:4 total", "node_modules/gatewatch/dist/gate.js:1 runLayer"]),
    other: thrown("PriceError", "no price", [
      "src/price.ts:4 total",
      "node_modules/gatewatch/dist/gate/run.js:7 run",
      "node:internal/process/task_queues:95 processTicksAndRejections",
    ]),
    same: true,
  },
  {
    name: "a wrapper with two causes is two bugs",
    one: buildErrorEvent([
      buildException("Error", "failed", [HANDLER]),
      buildException("Error", "connect ECONNREFUSED 127.0.0.1:1", [], {
        code: "ECONNREFUSED",
        parent: 0,
        relation: "cause",
      }),
    ]),
    other: buildErrorEvent([
      buildException("Error", "failed", [HANDLER]),
      buildException("Error", "getaddrinfo ENOTFOUND db", [], { code: "ENOTFOUND", parent: 0, relation: "cause" }),
    ]),
    same: false,
  },
  {
    name: "the order of an aggregate's members and how many of a kind there are",
    one: aggregate(["A", "B", "B"]),
    other: aggregate(["B", "A"]),
    same: true,
  },
  {
    name: "aggregates of different members",
    one: aggregate(["A", "B"]),
    other: aggregate(["A", "C"]),
    same: false,
  },
  {
    name: "the depth of a recursion",
    one: thrown("ParseError", "bad", ["src/p.ts:1 leaf", ...Array<string>(3).fill("src/p.ts:2 walk"), HANDLER]),
    other: thrown("ParseError", "bad", ["src/p.ts:1 leaf", ...Array<string>(9).fill("src/p.ts:2 walk"), HANDLER]),
    same: true,
  },
  {
    name: "an overflowing stack cut at another turn of its ring",
    one: thrown("RangeError", "Maximum call stack size exceeded", [
      "src/p.ts:1 even",
      "src/p.ts:2 odd",
      "src/p.ts:1 even",
    ]),
    other: thrown("RangeError", "Maximum call stack size exceeded", [
      "src/p.ts:2 odd",
      "src/p.ts:1 even",
      "src/p.ts:2 odd",
    ]),
    same: true,
  },
  {
    name: "input that the JSON parser quotes",
    one: thrown("SyntaxError", `Unexpected token 'a', "ada" is not valid JSON`, [
      "<anonymous> JSON.parse",
      "src/in.ts:2 read",
    ]),
    other: thrown("SyntaxError", `Unexpected token 'b', "bob..." is not valid JSON`, [
      "<anonymous> JSON.parse",
      "src/in.ts:2 read",
    ]),
    same: true,
  },
];

function aggregate(members: string[]): ErrorEvent {
  return buildErrorEvent([
    buildException("AggregateError", "All promises were rejected", [HANDLER]),
    ...members.map((name) =>
      buildException(`${name}Error`, name, [`src/${name}.ts:1 run`], { parent: 0, relation: "member" }),
    ),
  ]);
}

describe("groupByV1()", () => {
  it.each(CASES)("groups as it should: $name", ({ one, other, same }) => {
    expect(isSameIssue(one, other)).toBe(same);
  });

  it("takes the title from the root cause when the wrapper says nothing", () => {
    const event = buildErrorEvent([
      buildException("Error", "failed", [HANDLER]),
      buildException("PaymentError", "card declined", ["src/pay.ts:42 charge"], { parent: 0, relation: "cause" }),
    ]);
    expect(groupByV1(event)).toMatchObject({
      title: "PaymentError: card declined",
      culprit: "src/pay.ts:42 in charge",
    });
  });

  it("keeps the title of a wrapper that says something", () => {
    const event = buildErrorEvent([
      buildException("CheckoutError", "Could not charge order", [HANDLER]),
      buildException("Error", "card declined", [], { parent: 0, relation: "cause" }),
    ]);
    expect(groupByV1(event)).toMatchObject({
      title: "CheckoutError: Could not charge order",
      culprit: "src/routes/cart.ts:9 in addItem",
    });
  });

  it("keeps failed calls of different routes apart when the stack has lost the app's frames", () => {
    const call = (route: string) => ({
      ...buildErrorEvent([
        buildException("TypeError", "fetch failed", []),
        {
          ...buildException("Error", "connect ECONNREFUSED 127.0.0.1:4000", [], { parent: 0, relation: "cause" }),
          code: "ECONNREFUSED",
          frames: [{ file: "node:net", function: "TCPConnectWrap.afterConnect", line: 2021, column: 16, inApp: false }],
        },
      ]),
      request: { method: "POST", url: route, route, headers: {}, query: {} },
    });
    const pay = groupByV1(call("/orders/:id/pay"));
    expect(pay).toMatchObject({ culprit: "POST /orders/:id/pay", primary: { kind: "system" } });
    expect(groupByV1(call("/orders/:id/pay")).primary.hash).toBe(pay.primary.hash);
    expect(groupByV1(call("/mail")).primary.hash).not.toBe(pay.primary.hash);
  });

  it("explains each decision: rule, frames and values", () => {
    const { explanation } = groupByV1(thrown("OrderError", "Order 12 failed", ["src/o.ts:1 place"]));
    expect(explanation).toMatchObject({
      rule: "app",
      exceptions: [{ type: "OrderError", template: "Order <int> failed", templateUsed: true, frames: ["o place"] }],
    });
  });

  it("uses all frames when none is the app's, and the words when there are no frames", () => {
    expect(groupByV1(thrown("E", "m", ["node_modules/pg/a.js:1 f"])).primary.kind).toBe("system");
    expect(groupByV1(thrown("E", "m", [])).primary.kind).toBe("type+template");
  });

  it("honours a fingerprint, alone and around the default", () => {
    const one = thrown("A", "a", ["src/a.ts:1 aaa"], { fingerprint: ["mine"] });
    const other = thrown("B", "b", ["src/b.ts:1 bbb"], { fingerprint: ["mine"] });
    expect(groupByV1(one).primary).toEqual(groupByV1(other).primary);
    expect(groupByV1(one).secondary).toEqual([]);
    const tenant = (name: string) => thrown("A", "a", ["src/a.ts:1 aaa"], { fingerprint: ["{{ default }}", name] });
    expect(isSameIssue(tenant("x"), tenant("y"))).toBe(false);
    expect(isSameIssue(tenant("x"), tenant("x"))).toBe(true);
    expect(isSameIssue(tenant("x"), thrown("A", "a", ["src/a.ts:1 aaa"]))).toBe(false);
    expect(hashes({ ...one, fingerprint: ["{{default}}"] })).toEqual(hashes({ ...one, fingerprint: undefined! }));
  });

  it("ends on rings of parents and on deeply nested aggregates", () => {
    const nested = Array.from({ length: 20 }, (_, index) => ({
      ...buildException("AggregateError", "", [HANDLER]),
      ...(index === 0 ? { parent: 19 } : { parent: index - 1, relation: "member" as const }),
    }));
    expect(groupByV1(buildErrorEvent(nested)).primary.hash).toMatch(/^[0-9a-f]{32}$/);
    expect(groupByV1(buildErrorEvent([])).title).toBe("Unknown error");
  });
});
