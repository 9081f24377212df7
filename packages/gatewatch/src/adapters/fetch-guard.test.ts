import { describe, expect, it } from "vitest";
import { Hono } from "hono";
import type { Layer } from "../gate/layer.ts";
import { Gate } from "../gate/gate.ts";
import { parseTrustList } from "../gate/trust/parse-trust-list.ts";
import { createProbe, type Probe } from "./contract/probe.ts";
import { gatewatch, guard } from "./fetch.ts";
import { gatewatch as guardHono, guard as guardRoute } from "./hono.ts";

/** A Gatewatch whose routes get one layer that tells what it sees. */
function watch(told: string[], more: Partial<Layer> = {}): Probe {
  const layer: Layer = {
    name: "route",
    onRequest: (x) => void told.push(`request ${String(x.user()?.id)}`),
    onHead: (_x, head) => head.set("X-Route", "1"),
    onFinish: (_x, outcome) => void told.push(`finish ${outcome.status}`),
    ...more,
  };
  const probe = createProbe();
  const gate = new Gate({
    layers: [{ name: "end", onFinish: (x, outcome) => probe.tellEnded(x, outcome) }],
    trust: parseTrustList([]),
    notice: (notice) => void probe.notices.push(notice),
    maxBodyBytes: 0,
    buildRouteLayers: () => [layer],
  });
  return { ...probe, gatewatch: { ...probe.gatewatch, gate } };
}

type Ask = (path: string) => Promise<Response>;

const FAMILIES: readonly [string, (probe: Probe) => Ask][] = [
  [
    "gatewatch/fetch",
    (probe) => {
      const pay = guard({ timing: true }, () => new Response("paid"));
      const app = gatewatch((request) => {
        request.gatewatch.user = { id: "u1" };
        return new URL(request.url).pathname === "/pay" ? pay(request) : new Response("free");
      }, probe.gatewatch);
      return async (path) => await app(new Request(`http://test${path}`));
    },
  ],
  [
    "gatewatch/hono",
    (probe) => {
      const app = new Hono<{ Variables: { user: object } }>();
      app.use(guardHono(probe.gatewatch));
      app.use((context, next) => {
        context.set("user", { id: "u1" });
        return next();
      });
      app.get("/pay", guardRoute({ timing: true }), (context) => context.text("paid"));
      app.get("/free", (context) => context.text("free"));
      return async (path) => await app.request(path);
    },
  ],
];

describe.each(FAMILIES)("guard() of %s", (_name, open) => {
  it("runs further layers where it stands, and on no other route", async () => {
    const told: string[] = [];
    const ask = open(watch(told));
    const paid = await ask("/pay");
    expect([await paid.text(), paid.headers.get("x-route")]).toEqual(["paid", "1"]);
    expect(told.splice(0)).toEqual(["request u1", "finish 200"]);
    const free = await ask("/free");
    expect([await free.text(), free.headers.get("x-route")]).toEqual(["free", null]);
    expect(told).toEqual([]);
  });

  it.each([false, true])("lets such a layer answer (later: %s)", async (later) => {
    const reply = { status: 429, headers: { "Retry-After": "3" }, body: "slow down" };
    const probe = watch([], { onRequest: () => (later ? Promise.resolve(reply) : reply) });
    const answer = await open(probe)("/pay");
    expect([answer.status, await answer.text(), answer.headers.get("retry-after")]).toEqual([429, "slow down", "3"]);
    expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status: 429 } }]);
  });

  it("waits for a layer that answers later, and then calls the route", async () => {
    const answer = await open(watch([], { onRequest: () => Promise.resolve() }))("/pay");
    expect(await answer.text()).toBe("paid");
  });
});

describe("guard() without a gate", () => {
  it("calls the handler, and says once that nothing guards it", async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", listen);
    const pay = guard({ timing: true }, () => new Response("paid"));
    for (let round = 1; round <= 2; round++) expect(await (await pay(new Request("http://test/"))).text()).toBe("paid");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    expect(warnings).toHaveLength(1);
  });

  it("refuses mistakes when the route is declared", () => {
    expect(() => guard({ timing: { slow: 1 } } as never, () => new Response())).toThrow("timing.slow");
    expect(() => guardRoute({ record: false } as never)).toThrow("The option record cannot be set for one route.");
  });
});
