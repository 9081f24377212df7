import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createGatewatch } from "../create-gatewatch.ts";
import type { EarlyReply } from "../gate/exchange.ts";
import { Gate } from "../gate/gate.ts";
import type { Layer } from "../gate/layer.ts";
import { parseTrustList } from "../gate/trust/parse-trust-list.ts";
import { createProbe, type Probe } from "./contract/probe.ts";
import { gatewatch, guard } from "./express.ts";
import { gatewatch as guardHttp, guard as guardListener } from "./http.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function ask(server: Server, path = "/", init: RequestInit = {}) {
  if (!server.listening) {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** A Gatewatch whose routes get layers that tell what they see. */
function watch(told: string[], more: Partial<Layer> = {}): Probe {
  const tell = (name: string): Layer => ({
    name,
    onRequest: (x) => void told.push(`${name} request ${String(x.user()?.id)} ${JSON.stringify(x.body() ?? null)}`),
    onHead(_x, head) {
      told.push(`${name} head`);
      head.set(`X-${name}`, "1");
    },
    onError: () => void told.push(`${name} error`),
    onFinish: (_x, outcome) => void told.push(`${name} finish ${outcome.status}`),
    stats: () => ({ seen: told.length }),
  });
  const probe = createProbe();
  let made = 0;
  const gate: Gate = new Gate({
    layers: [
      { ...tell("whole"), onFinish: (x, o) => (void told.push(`whole finish ${o.status}`), probe.tellEnded(x, o)) },
    ],
    trust: parseTrustList([]),
    notice: (notice) => void probe.notices.push(notice),
    maxBodyBytes: 1000,
    buildRouteLayers: () => [{ ...tell(`route${++made}`), ...more }],
  });
  return { ...probe, gatewatch: { ...probe.gatewatch, gate } };
}

function answerError(_error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  response.status(500).end("app");
}

describe("guard() in Express", () => {
  it("runs further layers where it stands, inside of the gate's own, and on no other route", async () => {
    const told: string[] = [];
    const probe = watch(told);
    const app = express().use(gatewatch(probe.gatewatch), express.json());
    app.use((request, _response, next) => {
      Object.assign(request, { user: { id: "u1" } });
      next();
    });
    app.post("/pay", guard({ timing: true }), (_request, response) => void response.end("paid"));
    app.get("/free", (_request, response) => void response.end("free"));
    const server = createServer(app);
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"a":1}' };
    const answer = await ask(server, "/pay", init);
    await probe.waitForEnded(1);
    expect(answer.text).toBe("paid");
    expect([answer.headers.get("x-route1"), answer.headers.get("x-whole")]).toEqual(["1", "1"]);
    expect(told.splice(0)).toEqual([
      "whole request undefined null",
      'route1 request u1 {"a":1}',
      "route1 head",
      "whole head",
      "route1 finish 200",
      "whole finish 200",
    ]);
    expect((await ask(server, "/free")).headers.get("x-route1")).toBeNull();
    await probe.waitForEnded(2);
    expect(told.some((line) => line.startsWith("route"))).toBe(false);
    // The layers are made once, not per request.
    expect((await ask(server, "/pay", init)).headers.get("x-route1")).toBe("1");
    expect(Object.keys(probe.gatewatch.gate.layerStats())).toEqual(["whole", "route1 (route 1)"]);
  });

  it("lets such a layer answer, at once or later, and tells it of errors", async () => {
    const reply: EarlyReply = { status: 429, headers: {}, body: "slow down" };
    for (const answer of [reply, Promise.resolve(reply)]) {
      const probe = watch([], { onRequest: () => answer });
      const app = express().use(gatewatch(probe.gatewatch));
      app.get("/", guard({ timing: true }), (_request, response) => void response.end("app"));
      expect(await ask(createServer(app))).toMatchObject({ status: 429, text: "slow down" });
      expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status: 429 } }]);
    }
    const told: string[] = [];
    const probe = watch(told, { onError: () => reply });
    const app = express().use(gatewatch(probe.gatewatch));
    app.get("/", guard({ timing: true }), async () => Promise.reject(new Error("x")));
    app.use(answerError);
    expect((await ask(createServer(app))).status).toBe(429);
    await probe.waitForEnded(1);
    expect(told).toContain("whole error");
  });

  it("waits for a layer that answers later, and then calls the route", async () => {
    const probe = watch([], { onRequest: () => Promise.resolve() });
    const app = express().use(gatewatch(probe.gatewatch));
    app.get("/", guard({ timing: true }), (_request, response) => void response.end("app"));
    app.get("/fails", guard({ timing: true }), () => {
      throw new Error("x");
    });
    app.use(answerError);
    const server = createServer(app);
    expect((await ask(server)).text).toBe("app");
    expect((await ask(server, "/fails")).text).toBe("app");
    expect(probe.gatewatch.gate.stats().failures).toEqual({});
  });

  it("passes without a gate, and says so once", async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", listen);
    const app = express().get("/", guard({ timing: true }), (_request, response) => void response.end("app"));
    const server = createServer(app);
    for (let round = 1; round <= 2; round++) expect((await ask(server)).text).toBe("app");
    process.off("warning", listen);
    expect(warnings).toEqual(["guard() does nothing here: no gatewatch() stands before this route."]);
  });

  it("says once that it came from another copy of the package than the gate", async () => {
    vi.resetModules();
    const other = await import("./express.ts");
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", listen);
    const app = express().use(gatewatch(watch([]).gatewatch));
    app.get("/", other.guard({ timing: true }), (_request, response) => void response.end("app"));
    const server = createServer(app);
    for (let round = 1; round <= 2; round++) expect((await ask(server)).text).toBe("app");
    process.off("warning", listen);
    expect(warnings).toEqual([expect.stringContaining("another copy of the package")]);
  });

  it("refuses mistakes when the route is declared", () => {
    expect(() => guard({ record: false } as never)).toThrow("The option record cannot be set for one route.");
    expect(() => guard({ timing: { slow: 1 } } as never)).toThrow("timing.slow");
  });

  it("makes the layers that the options ask for, and no others", async () => {
    const core = createGatewatch({ accessLog: false, securityHeaders: false, errorBoundary: false }, { env: {} });
    const app = express().use(gatewatch(core));
    app.get("/timed", guard({ timing: { processingTimeHeader: true } }), (_request, response) => void response.end());
    app.get("/safe", guard({ securityHeaders: true }), (_request, response) => void response.end());
    const server = createServer(app);
    const timed = await ask(server, "/timed");
    expect(timed.headers.get("x-processing-time")).toMatch(/^0\.\d{3}s$/);
    expect(timed.headers.get("x-content-type-options")).toBeNull();
    const safe = await ask(server, "/safe");
    expect(safe.headers.get("x-content-type-options")).toBe("nosniff");
    expect(safe.headers.get("x-processing-time")).toBeNull();
    await core.close();
  });
});

describe("guard() in node:http", () => {
  it("makes a listener that runs further layers", async () => {
    const told: string[] = [];
    const probe = watch(told);
    const pay = guardListener({ timing: true }, async (_request, response) => {
      response.writeHead(200).end("paid");
      return Promise.resolve();
    });
    const fails = guardListener({ timing: true }, async () => Promise.reject(new Error("x")));
    const server: Server = createServer(
      guardHttp((request, response) => {
        if (request.url === "/pay") return pay.call(server, request, response);
        return (fails.call(server, request, response) as unknown as Promise<void>).catch(() => {
          response.end("caught");
        });
      }, probe.gatewatch),
    );
    const answer = await ask(server, "/pay");
    expect([answer.text, answer.headers.get("x-route1")]).toEqual(["paid", "1"]);
    expect((await ask(server, "/fails")).text).toBe("caught");
  });
});
