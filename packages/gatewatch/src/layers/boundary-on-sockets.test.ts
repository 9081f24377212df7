import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PassThrough } from "node:stream";
import type { Mail } from "@gatewatch/protocol/messages/render-mail";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { gatewatch as gatewatchExpress } from "../adapters/express.ts";
import { gatewatch as gatewatchHttp } from "../adapters/http.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../create-gatewatch.ts";

type Line = Record<string, unknown> & { msg: string; res?: { statusCode: number }; req?: Record<string, unknown> };

class Log {
  readonly lines: Line[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly logger = Object.fromEntries(
    ["debug", "info", "warn", "error", "fatal"].map((level) => [
      level,
      (msg: string, fields: object) => {
        this.lines.push({ ...fields, level, msg });
        for (const check of this.#waiting.splice(0)) check();
      },
    ]),
  ) as unknown as Required<GatewatchOptions>["logger"];

  get requests(): Line[] {
    return this.lines.filter(({ msg }) => msg.startsWith("request "));
  }

  /** Resolves when so many lines of requests are there. */
  async requestLines(count: number): Promise<Line[]> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.requests;
  }
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function create(given: object): { core: Gatewatch; log: Log } {
  const log = new Log();
  const core = createGatewatch({ logger: log.logger, timing: { processMetricsMs: 0 }, ...given } as GatewatchOptions, {
    env: {},
    dotenv: undefined,
    file: undefined,
  });
  closers.push(() => core.close(100));
  return { core, log };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
  json: { error: Record<string, unknown> };
}

async function get(port: number, path: string, options: { method?: string } = {}): Promise<Answer> {
  const request = ask({ port, path, agent: false, ...options });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  const json = (body.startsWith('{"error"') ? JSON.parse(body) : {}) as Answer["json"];
  return { status: response.statusCode ?? 0, headers: response.headers, body, json };
}

type AppOf = (app: express.Express) => void;
async function serveExpress(given: object, fill: AppOf): Promise<{ port: number; log: Log; core: Gatewatch }> {
  const { core, log } = create(given);
  const app = express();
  app.use(gatewatchExpress(core));
  fill(app);
  return { port: await listen(createServer(app)), log, core };
}

class ModelLoadError extends Error {}
const boom: AppOf = (app) => {
  app.get("/boom/:id", () => {
    throw new ModelLoadError("weights at /srv/secret");
  });
  app.get("/later", async () => {
    await Promise.resolve();
    throw Object.assign(new Error("no such thing"), { status: 404 });
  });
};

describe("exceptions that no handler of an Express app answers", () => {
  it("are answered by our JSON, which tells strangers an id and no more", async () => {
    const { port, log } = await serveExpress({ environment: "production", service: "shop" }, boom);
    const answer = await get(port, "/boom/7?token=1");
    expect(answer.status).toBe(500);
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(answer.json.error).toEqual({
      id: answer.headers["x-error-id"],
      type: "InternalServerError",
      message: "Internal Server Error",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      path: "/boom/7",
      method: "GET",
      service: "shop",
    });
    const [line] = await log.requestLines(1);
    expect(line).toMatchObject({ reqId: answer.headers["x-request-id"], service: "shop", res: { statusCode: 500 } });
  });

  it.each([
    [{ environment: "development" }, "ModelLoadError", "weights at /srv/secret"],
    [{ environment: "production" }, "InternalServerError", "Internal Server Error"],
    [{ environment: "production", errorBoundary: { details: true } }, "ModelLoadError", "weights at /srv/secret"],
    [{ environment: "development", errorBoundary: { details: false } }, "InternalServerError", "Internal Server Error"],
  ])("with %j say %s: %s", async (given, type, message) => {
    const { port } = await serveExpress(given, boom);
    expect((await get(port, "/boom/1")).json.error).toMatchObject({ type, message });
  });

  it("have the status that the table or the error names", async () => {
    const { port } = await serveExpress({ errorBoundary: { statusByType: { ModelLoadError: 503 } } }, boom);
    expect([(await get(port, "/boom/1")).status, (await get(port, "/later")).status]).toEqual([503, 404]);
  });

  it("answer a HEAD without a body", async () => {
    const { port } = await serveExpress({ environment: "production" }, boom);
    const answer = await get(port, "/boom/1", { method: "HEAD" });
    expect([answer.status, answer.body]).toEqual([500, ""]);
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(100);
  });
});

describe("exceptions that the app answers itself", () => {
  const handled: AppOf = (app) => {
    boom(app);
    app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(418).send("mine");
    });
  };

  it("keep its answer; ours adds two ids", async () => {
    const { port } = await serveExpress({}, handled);
    const answer = await get(port, "/boom/1");
    expect([answer.status, answer.body]).toEqual([418, "mine"]);
    expect(answer.headers["x-error-id"]).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
  });

  it("get ours with respond", async () => {
    const { port } = await serveExpress({ environment: "production", errorBoundary: { respond: true } }, handled);
    const answer = await get(port, "/boom/1");
    expect([answer.status, answer.json.error["type"]]).toEqual([500, "InternalServerError"]);
  });

  it("get ours whatever the app had said of its body", async () => {
    const { port } = await serveExpress({ errorBoundary: { respond: true } }, (app) => {
      app.get("/half", (_request, response) => {
        response.status(200).type("text/csv").set("ETag", '"1"').set("Content-Length", "3");
        throw new Error("x");
      });
    });
    const { status, headers } = await get(port, "/half");
    expect([status, headers["content-type"], headers.etag]).toEqual([
      500,
      "application/json; charset=utf-8",
      undefined,
    ]);
  });
});

describe("the preset ai-video", () => {
  it("says in headers what the process has done", async () => {
    const { port, log } = await serveExpress({ preset: "ai-video", environment: "production" }, (app) => {
      boom(app);
      app.get("/ok", (_request, response) => void response.json({ ok: true }));
    });
    const ok = await get(port, "/ok");
    expect(ok.headers).toMatchObject({
      "x-request-count": "1",
      "x-processing-time": expect.stringMatching(/^\d+\.\d{3}s$/) as string,
      "x-memory-delta": expect.stringMatching(/MB$/) as string,
      "x-cpu-delta": expect.stringMatching(/%$/) as string,
    });
    const failed = await get(port, "/boom/1");
    expect(failed.headers).toMatchObject({
      "x-error-type": "ModelLoadError",
      "x-error-count": "1",
      "x-request-count": "2",
    });
    expect([failed.status, failed.json.error["service"]]).toEqual([503, "ai_video_api"]);
    expect(failed.json.error["duration"]).toEqual(expect.any(Number));
    await log.requestLines(2);
    expect(log.lines.every((line) => line["service"] === "ai_video_api")).toBe(true);
    const error = log.lines.find((line) => line["err"] !== undefined);
    expect(error?.["level"]).toBe("fatal");
  });
});

describe("thresholds", () => {
  it("raise one critical line, one Slack message and one e-mail for a flood on one route", async () => {
    const notes: { text: string }[] = [];
    const slack = await listen(
      createServer((request, response) => {
        let text = "";
        request.on("data", (chunk) => (text += String(chunk)));
        request.on("end", () => {
          notes.push(JSON.parse(text) as { text: string });
          response.end("ok");
        });
      }),
    );
    const mails: Mail[] = [];
    const { port, log, core } = await serveExpress(
      {
        service: "shop",
        errorBoundary: { threshold: 5, notify: [] },
        slack: { webhookUrl: `http://127.0.0.1:${slack}/secret` },
        email: { to: "ops@shop.test", sendMail: (mail: Mail) => void mails.push(mail) },
      },
      (app) => app.get("/users/:id", (_request, response) => void response.status(404).end()),
    );
    for (let id = 0; id < 20; id++) await get(port, `/users/${id}`);
    await core.flush(2000);
    const alerts = log.lines.filter(({ level }) => level === "fatal");
    expect(alerts.map(({ msg }) => msg)).toEqual(["5 errors for error:404:/users/:id in 300s"]);
    expect(alerts[0]).toMatchObject({ code: "error_threshold", errorKey: "error:404:/users/:id", errorCount: 5 });
    expect(notes.map(({ text }) => text)).toEqual(["🚨 5 errors for error:404:/users/:id in 300s"]);
    expect(mails.map(({ subject }) => subject)).toEqual(["[shop] 🚨 5 errors for error:404:/users/:id in 300s"]);
  });
});

describe("channels", () => {
  it("are told of the statuses that notify names, sampled away or not", async () => {
    const mails: Mail[] = [];
    const { port, core, log } = await serveExpress(
      {
        record: { sampleRate: 0 },
        errorBoundary: { notify: [404, 409] },
        email: { to: "ops@shop.test", cooldownMs: 0, sendMail: (mail: Mail) => void mails.push(mail) },
      },
      (app) => app.get("/status/:code", (request, response) => void response.status(Number(request.params.code)).end()),
    );
    for (const code of [200, 400, 404, 500]) await get(port, `/status/${code}`);
    await log.requestLines(4);
    await core.flush(2000);
    expect(mails.map(({ subject }) => subject)).toEqual(["⚠️ 404 Error: /status/404 not found"]);
  });
});

describe("one line for every fate of a request", () => {
  type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;
  const nothing = (): void => undefined;

  async function serve(handle: Handler, given: object = {}): Promise<{ port: number; log: Log }> {
    const { core, log } = create(given);
    const server = createServer(gatewatchHttp((request, response) => handle(request, response), core) as Handler);
    return { port: await listen(server), log };
  }

  it.each<[string, Handler, string, number]>([
    ["a body in one piece", (_q, r) => r.end("ok"), "GET", 200],
    ["no body", (_q, r) => r.writeHead(204).end(), "GET", 204],
    ["not modified", (_q, r) => r.writeHead(304).end(), "GET", 304],
    ["a HEAD", (_q, r) => r.end("ok"), "HEAD", 200],
    ["a stream", (_q, r) => void (r.write("a"), r.write("b"), r.end("c")), "GET", 200],
    [
      "a piped stream",
      (_q, r) => {
        const body = new PassThrough();
        body.pipe(r);
        body.end("x");
      },
      "GET",
      200,
    ],
    ["an answer in a later turn", (_q, r) => void setImmediate(() => r.end("ok")), "GET", 200],
    [
      "an early hint before it",
      (_q, r) => {
        r.writeEarlyHints({ link: "</a>; rel=preload" });
        r.end("ok");
      },
      "GET",
      200,
    ],
    [
      "an end() twice",
      (_q, r) => {
        r.end("ok");
        r.end();
      },
      "GET",
      200,
    ],
    ["a client's error", (_q, r) => r.writeHead(400).end(), "POST", 400],
    ["a limit", (_q, r) => r.writeHead(429, { "Retry-After": "1" }).end(), "GET", 429],
    ["a server's error", (_q, r) => r.writeHead(503).end(), "GET", 503],
  ])("%s", async (_name, handle, method, status) => {
    const { port, log } = await serve(handle);
    await get(port, "/a", { method });
    const [line, ...others] = await log.requestLines(1);
    expect([line?.res?.statusCode, line?.["aborted"], others.length]).toEqual([status, undefined, 0]);
  });

  it("a client that goes away before an answer: 499, aborted", async () => {
    let arrived: () => void = nothing;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const { port, log } = await serve(() => arrived());
    const socket = connect(port, "127.0.0.1");
    socket.on("error", nothing);
    socket.write("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    await arrival;
    socket.destroy();
    const lines = await log.requestLines(1);
    expect(lines).toMatchObject([{ msg: "request aborted", aborted: true, res: { statusCode: 499 }, level: "warn" }]);
  });

  it("a client that goes away in the middle of a body: its status, aborted", async () => {
    const { port, log } = await serve((_request, response) => response.write("half"));
    const socket = connect(port, "127.0.0.1");
    socket.on("error", nothing);
    socket.write("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    await once(socket, "data");
    socket.destroy();
    const lines = await log.requestLines(1);
    expect(lines).toMatchObject([{ msg: "request aborted", aborted: true, res: { statusCode: 200 } }]);
  });

  it("pipelined requests: one line each, in order, with ids of their own", async () => {
    const { port, log } = await serve((request, response) => response.end(request.url));
    const socket = connect(port, "127.0.0.1");
    const one = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: t\r\n${more}\r\n`;
    socket.write(one("/1") + one("/2") + one("/3", "Connection: close\r\n"));
    socket.resume();
    await once(socket, "close");
    const lines = await log.requestLines(3);
    expect(lines.map(({ req }) => req?.["url"])).toEqual(["/1", "/2", "/3"]);
    expect(new Set(lines.map((line) => line["reqId"])).size).toBe(3);
  });
});

describe("entries of Server-Timing", () => {
  it("come from the app", async () => {
    const { port } = await serveExpress({ timing: { serverTimingHeader: true, processMetricsMs: 0 } }, (app) => {
      app.get("/t", (request, response) => {
        (
          request as unknown as { gatewatch: { timing(name: string, ms: number, about?: string): void } }
        ).gatewatch.timing("db", 12.34, "two reads");
        response.end("ok");
      });
    });
    expect((await get(port, "/t")).headers["server-timing"]).toMatch(/^app;dur=[\d.]+, db;dur=12\.3;desc="two reads"$/);
  });
});
