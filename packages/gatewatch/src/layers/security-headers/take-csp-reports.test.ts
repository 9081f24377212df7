import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { CustomEvent, GatewatchEvent } from "@gatewatch/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { gatewatch } from "../../adapters/http.ts";
import { createGatewatch, type Gatewatch } from "../../create-gatewatch.ts";
import type { Fact } from "../../gate/fact.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { tryParseCspReports } from "./parse-csp-reports.ts";
import { CspReports } from "./take-csp-reports.ts";

const LEGACY = {
  "csp-report": {
    "document-uri": "https://shop.test/cart?token=abc#x",
    referrer: "https://shop.test/?q=1",
    "violated-directive": "script-src-elem",
    "effective-directive": "script-src-elem",
    "original-policy": "script-src 'self'",
    disposition: "report",
    "blocked-uri": "https://evil.test/x.js?y=1",
    "line-number": 12,
    "column-number": 3,
    "source-file": "https://shop.test/app.js",
    "status-code": 200,
    "script-sample": "",
  },
};
const MODERN = {
  type: "csp-violation",
  age: 10,
  url: "https://shop.test/cart?token=abc",
  user_agent: "Mozilla/5.0",
  body: {
    documentURL: "https://shop.test/cart?token=abc",
    blockedURL: "inline",
    effectiveDirective: "style-src-attr",
    disposition: "enforce",
    sample: "color:red",
    statusCode: 200,
    lineNumber: 4,
  },
};

describe("tryParseCspReports()", () => {
  it.each<[string, unknown, unknown]>([
    [
      "the format of CSP 2",
      LEGACY,
      [
        {
          document: "https://shop.test/cart",
          blocked: "https://evil.test/x.js",
          directive: "script-src-elem",
          disposition: "report",
          source: "https://shop.test/app.js",
          line: 12,
          column: 3,
          status: 200,
          referrer: "https://shop.test/",
        },
      ],
    ],
    [
      "the format of the Reporting API",
      [MODERN],
      [
        {
          document: "https://shop.test/cart",
          blocked: "inline",
          directive: "style-src-attr",
          disposition: "enforce",
          line: 4,
          status: 200,
          sample: "color:red",
        },
      ],
    ],
    ["one report without a list", MODERN, [expect.objectContaining({ blocked: "inline" })]],
    ["several reports", [MODERN, MODERN], [expect.anything(), expect.anything()]],
    ["other kinds of reports, which are left out", [{ type: "deprecation", body: {} }, MODERN], [expect.anything()]],
    ["a list of nonsense", [1, "x", null, []], []],
    ["an empty list", [], []],
    [
      "numbers where texts belong",
      { "csp-report": { "document-uri": 5, "line-number": "7", "blocked-uri": {} } },
      [{}],
    ],
    ["negative lines", { "csp-report": { "line-number": -1, "column-number": 1.5 } }, [{}]],
    [
      "only the older name of the directive",
      { "csp-report": { "violated-directive": "img-src" } },
      [{ directive: "img-src" }],
    ],
    ["a report that is no object", { "csp-report": [] }, undefined],
    ["something else", { hello: "world" }, undefined],
    ["a number", 5, undefined],
    ["null", null, undefined],
  ])("reads %s", (_name, body, reports) => {
    expect(tryParseCspReports(JSON.stringify(body))).toEqual(reports);
  });

  it("cuts long texts, and refuses what is no JSON", () => {
    const [report] = tryParseCspReports(JSON.stringify({ "csp-report": { "blocked-uri": "x".repeat(10_000) } })) ?? [];
    expect(report?.["blocked"]).toHaveLength(500);
    expect(tryParseCspReports("<html>")).toBeUndefined();
  });
});

describe("CspReports", () => {
  function create(reportsPerMinute = 5) {
    const facts: Fact[] = [];
    const time = { ms: 0 };
    const clock = { now: () => time.ms, monotonicMs: () => time.ms };
    const reports = new CspReports({
      reportsPerMinute,
      clock,
      recorder: { recordFact: (fact) => void facts.push(fact) },
    });
    const send = async (body: unknown, type = "application/csp-report"): Promise<number> => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const x = createExchangeStandIn({ method: "POST", headers: { "content-type": type } });
      return (
        await reports.take({
          ...x,
          raw: { request: new Request("http://a.test/", { method: "POST", body: text }), response: undefined },
        })
      ).status;
    };
    return { facts, time, reports, send };
  }
  const blocked = (uri: string): unknown => ({ "csp-report": { "blocked-uri": uri } });

  it.each([
    ["application/csp-report", 204],
    ["application/reports+json", 204],
    ["application/json", 204],
    ["Application/CSP-Report; charset=utf-8", 204],
    ["text/plain", 415],
    ["", 415],
    ["multipart/form-data", 415],
  ])("takes the type %j: %d", async (type, status) => {
    const { send, facts } = create();
    expect(await send(LEGACY, type)).toBe(status);
    expect(facts).toHaveLength(status === 204 ? 1 : 0);
  });

  it("says each report once a minute, and not more than allowed", async () => {
    const { send, facts, time, reports } = create(3);
    for (const uri of ["a", "a", "b", "a", "c", "d", "e"]) expect(await send(blocked(uri))).toBe(204);
    expect(facts.map((fact) => "attributes" in fact && fact.attributes?.["blocked"])).toEqual(["a", "b", "c"]);
    expect(reports.counts).toEqual({ reports: 3, reportsRepeated: 2, reportsDropped: 2, reportsRefused: 0 });
    time.ms = 60_000;
    await send(blocked("a"));
    expect(facts).toHaveLength(4);
  });

  it("stays small whatever strangers send", async () => {
    const { send, facts, reports } = create(2);
    for (let round = 0; round < 50; round++) {
      await send(
        Array.from({ length: 40 }, (_, at) => ({ ...MODERN, body: { blockedURL: `https://x.test/${round}/${at}` } })),
      );
    }
    expect(facts).toHaveLength(2);
    expect(reports.counts.reportsDropped).toBe(1998);
  });

  it.each([
    ["no JSON", "{", 400],
    ["too long", JSON.stringify(blocked("x".repeat(70_000))), 413],
    ["nothing", "", 400],
  ])("refuses a body that is %s", async (_name, body, status) => {
    const { send, reports } = create();
    expect(await send(body)).toBe(status);
    expect(reports.counts.reportsRefused).toBe(1);
  });
});

describe("the endpoint for reports, on real sockets", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const close of closers.splice(0).toReversed()) await close();
  });

  async function serve(): Promise<{ port: number; events: GatewatchEvent[]; core: Gatewatch; seen: string[] }> {
    const events: GatewatchEvent[] = [];
    const seen: string[] = [];
    const say = (): void => undefined;
    const core = createGatewatch(
      {
        securityHeaders: { reportPath: "/__gatewatch/csp", contentSecurityPolicy: "default-src 'self'" },
        sinks: [(event) => events.push(event)],
        logger: { info: say, warn: say, error: say },
      },
      { env: {}, dotenv: undefined },
    );
    const server = createServer(
      gatewatch((request, response) => {
        seen.push(`${request.method} ${request.url}`);
        response.end("app");
      }, core),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(
      () => core.close(0),
      () => {
        server.closeAllConnections();
        server.close();
      },
    );
    return { port: (server.address() as AddressInfo).port, events, core, seen };
  }

  it("turns a report into an event of its request, and the app sees none of it", async () => {
    const { port, events, core, seen } = await serve();
    const answer = await fetch(`http://127.0.0.1:${port}/__gatewatch/csp`, {
      method: "POST",
      headers: { "content-type": "application/csp-report" },
      body: JSON.stringify(LEGACY),
    });
    expect(answer.status).toBe(204);
    await core.flush(1000);
    const event = events.find((candidate): candidate is CustomEvent => candidate.type === "custom");
    expect(event).toMatchObject({
      name: "csp_violation",
      requestId: answer.headers.get("x-request-id"),
      attributes: { directive: "script-src-elem", document: "https://shop.test/cart" },
    });
    expect(JSON.stringify(event)).not.toContain("abc");
    expect(seen).toEqual([]);
    expect(core.stats().layers["security-headers"]).toMatchObject({ reports: 1 });
  });

  it.each([
    ["GET", "/__gatewatch/csp"],
    ["POST", "/__gatewatch/csp/other"],
    ["POST", "/"],
  ])("leaves %s %s to the app", async (method, path) => {
    const { port, seen } = await serve();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect(await answer.text()).toBe("app");
    expect(seen).toEqual([`${method} ${path}`]);
  });

  it("refuses a body that is too long, and keeps the connection usable", async () => {
    const { port } = await serve();
    const answer = await fetch(`http://127.0.0.1:${port}/__gatewatch/csp`, {
      method: "POST",
      headers: { "content-type": "application/csp-report" },
      body: "x".repeat(200_000),
    });
    expect(answer.status).toBe(413);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  it("does not wait for a body that never comes", async () => {
    const { port } = await serve();
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const lengthy =
      "POST /__gatewatch/csp HTTP/1.1\r\nHost: a\r\nContent-Type: application/csp-report\r\nContent-Length: 99\r\n\r\n{";
    const answered = once(socket, "data");
    socket.write(lengthy);
    while (vi.getTimerCount() === 0) await new Promise((resolve) => void setImmediate(resolve));
    vi.advanceTimersByTime(900);
    expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 408 /);
    socket.destroy();
  });

  it("survives a sender that goes away in the middle", async () => {
    const { port, core } = await serve();
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "POST /__gatewatch/csp HTTP/1.1\r\nHost: a\r\nContent-Type: application/csp-report\r\nContent-Length: 99\r\n\r\n{",
    );
    await once(socket, "connect");
    socket.destroy();
    while (core.stats().layers["security-headers"]?.["reportsRefused"] !== 1) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });
});
