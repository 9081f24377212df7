import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { ErrorEvent, GatewatchEvent, NativeBatch } from "@gatewatch/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { gatewatch } from "./adapters/http.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "./create-gatewatch.ts";
import { ConfigError } from "./options/config-error.ts";
import type { Sink } from "./ship/sink.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface LoggedLine {
  level: string;
  msg: string;
  fields: Record<string, unknown>;
}

function start(options: GatewatchOptions = {}, env: Record<string, string> = {}) {
  const lines: LoggedLine[] = [];
  const write =
    (level: string) =>
    (msg: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, msg, fields });
  const logger = { info: write("info"), warn: write("warn"), error: write("error") };
  const instance = createGatewatch({ logger, ...options }, { env, dotenv: undefined });
  closers.push(() => instance.close(1000));
  return { instance, lines };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An app that fails in a handler and answers 500 itself. */
async function serveFailing(instance: Gatewatch): Promise<string> {
  const guarded = gatewatch(async (request) => {
    request.gatewatch.set("plan", "gold");
    for await (const chunk of request) void chunk;
    throw new TypeError("cannot pay with card 4111 1111 1111 1111", { cause: new Error("gateway away") });
  }, instance);
  return await listen(
    createServer((request, response) => {
      void Promise.resolve(guarded(request, response)).catch(() => response.writeHead(500).end("sorry"));
    }),
  );
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const encoding = request.headers["content-encoding"];
  const plain = encoding === "zstd" ? zstdDecompressSync(bytes) : encoding === "gzip" ? gunzipSync(bytes) : bytes;
  return JSON.parse(String(plain));
}

describe("createGatewatch()", () => {
  it("says once at start that no server is configured, and logs errors all the same", async () => {
    const { instance, lines } = start();
    expect(lines).toMatchObject([
      { level: "warn", fields: { code: "started" }, msg: expect.stringContaining("GATEWATCH_URL") },
    ]);
    const url = await serveFailing(instance);
    const answer = await fetch(`${url}/pay?token=abc`, {
      method: "POST",
      body: '{"password":"hunter2","n":1}',
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(500);
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const [, exception, request] = lines;
    expect(exception).toMatchObject({
      level: "error",
      msg: expect.stringMatching(/^TypeError: cannot pay with card \[/),
      fields: { reqId: answer.headers.get("x-request-id"), err: { type: "TypeError" }, mechanism: "rejection" },
    });
    expect((exception?.fields["err"] as { stack?: string } | undefined)?.stack).toMatch(
      /create-gatewatch\.test\.ts:\d+[^]*Caused by Error: gateway away/,
    );
    expect(exception?.fields["errorId"]).toBe(answer.headers.get("x-error-id"));
    expect(request).toMatchObject({ level: "error", msg: "request completed", fields: { res: { statusCode: 500 } } });
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|4111 1111|token=abc/);
    expect(lines.filter(({ fields }) => fields["code"] === "started")).toHaveLength(1);
  });

  it("keeps the local log when delivery is off", async () => {
    const events: GatewatchEvent[] = [];
    const { instance, lines } = start({
      enabled: false,
      url: "http://127.0.0.1:9",
      sinks: [(event) => events.push(event)],
    });
    await fetch(await serveFailing(instance));
    expect(lines[0]?.msg).toContain("delivery is off");
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(2);
    await instance.flush(1000);
    expect(events).toEqual([]);
  });

  it("hands finished requests and their errors to the sinks, with what the app has set", async () => {
    const events: GatewatchEvent[] = [];
    const { instance } = start({
      sinks: [(event) => events.push(event)],
      enrich: (event) => ({ tenant: `of ${event.request?.method ?? "?"}` }),
    });
    const answer = await fetch(`${await serveFailing(instance)}/pay?page=1`, {
      method: "POST",
      body: "name=ada",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    await instance.flush(1000);
    const error = events.find((event) => event.type === "error");
    const request = events.find((event) => event.type === "request");
    expect(error).toMatchObject({
      id: answer.headers.get("x-error-id"),
      mechanism: "rejection",
      requestId: answer.headers.get("x-request-id"),
      request: { method: "POST", url: "/pay?page=1", status: 500, body: { name: "ada" } },
      attributes: { plan: "gold" },
      custom: { tenant: "of POST" },
    });
    expect((error as ErrorEvent).exceptions.map(({ relation }) => relation)).toEqual([undefined, "cause"]);
    expect(request).toMatchObject({ path: "/pay", status: 500, requestBytes: 8, errorId: (error as ErrorEvent).id });
  });

  it("withholds what the options say", async () => {
    const events: GatewatchEvent[] = [];
    const { instance } = start({
      capture: { body: false, headers: false, query: false, user: false },
      sinks: [(event) => events.push(event)],
    });
    const guarded = gatewatch((request, response) => {
      request.gatewatch.user = { id: 7, username: "ada" };
      request.gatewatch.captureError(new Error("seen"));
      response.end();
    }, instance);
    await fetch(`${await listen(createServer(guarded))}/?page=1`, { method: "POST", body: "secret text" });
    await instance.flush(1000);
    const error = events.find((event) => event.type === "error") as ErrorEvent;
    expect(error.request).toMatchObject({ url: "/", headers: {}, query: {} });
    expect(error).not.toHaveProperty("user");
    expect(events.find((event) => event.type === "request")).not.toHaveProperty("userId");
    expect(JSON.stringify(events)).not.toContain("secret text");
  });

  it("sends batches to the server under the token, and errors to an agent's address", async () => {
    const batches: NativeBatch[] = [];
    const reports: unknown[] = [];
    const credentials: unknown[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        credentials.push([request.url, request.headers.authorization]);
        const body = await readJson(request);
        response.setHeader("Content-Type", "application/json");
        if (request.url === "/agent") {
          reports.push(body);
          response.end('{"status":"received"}');
          return;
        }
        batches.push(body as NativeBatch);
        response.end(
          JSON.stringify({ batch: (body as NativeBatch).batch, accepted: 1, duplicate: false, rejected: [] }),
        );
      })();
    });
    const base = await listen(server);
    const { instance, lines } = start(
      { delivery: { transport: "http", batchDelayMs: 0, spool: false }, release: "1.0.0" },
      {
        GATEWATCH_URL: base,
        GATEWATCH_TOKEN: "gatewatch_in_x",
        AI_AGENT_ENDPOINT: `${base}/agent`,
        AI_AGENT_API_KEY: "key",
      },
    );
    expect(lines[0]?.msg).toContain(`events go to ${base}, ${base}/agent`);
    await fetch(await serveFailing(instance));
    expect(await instance.flush(5000)).toBe(true);
    expect(reports).toMatchObject([{ exception: { type: "TypeError" } }]);
    expect(batches[0]?.resource).toMatchObject({ release: "1.0.0", sdk: { name: "gatewatch" } });
    expect(credentials).toContainEqual(["/v1/events", "Bearer gatewatch_in_x"]);
    expect(credentials).toContainEqual(["/agent", "Bearer key"]);
  });

  it("says with `debug` which options are set and which batches were sent, without a value", async () => {
    const server = await listen(
      createServer((request, response) => {
        void readJson(request).then((body) => {
          const { batch } = body as NativeBatch;
          response.setHeader("Content-Type", "application/json");
          response.end(JSON.stringify({ batch, accepted: 1, duplicate: false, rejected: [] }));
        });
      }),
    );
    const sayWith = async (debug: boolean): Promise<string[]> => {
      const { instance, lines } = start(
        { debug, url: server, delivery: { transport: "http", spool: false } },
        { GATEWATCH_TOKEN: "gatewatch_in_hidden" },
      );
      instance.log("info", "one event");
      await instance.flush(5000);
      expect(instance.stats().sinks["server"]?.sent).toBe(1);
      expect(JSON.stringify(lines)).not.toContain("gatewatch_in_hidden");
      return lines.map(({ msg }) => msg).filter((msg) => /options set|Sent batch/.test(msg));
    };
    expect(await sayWith(true)).toEqual([
      "gatewatch: options set: url, token, debug, delivery.transport, delivery.spool",
      expect.stringMatching(/^gatewatch: Sent batch [0-9a-f-]{36} of 1 events \(\d+ bytes\)\.$/),
    ]);
    expect(await sayWith(false)).toEqual([]);
  });

  it.each([
    ["as much as the server without policies of their own", {}, /^127\.0\.0\.1$/, /^127\.0\.0\.1$/],
    ["what their own policies say", { agent: "drop", slack: "hash" }, /^unknown$/i, /^[0-9a-f]{64}$/],
  ] as const)("shows an agent service and Slack of client addresses %s", async (_name, policies, agent, slack) => {
    const bodies = new Map<string | undefined, unknown>();
    const base = await listen(
      createServer((request, response) => {
        void readJson(request).then((body) => {
          bodies.set(request.url, body);
          response.end("ok");
        });
      }),
    );
    const events: GatewatchEvent[] = [];
    const { instance, lines } = start({
      clientAddress: "keep",
      accessLog: { clientAddress: "drop" },
      secret: "s",
      agent: { endpoint: `${base}/agent`, clientAddress: "agent" in policies ? policies.agent : null },
      slack: { webhookUrl: `${base}/slack`, ...("slack" in policies ? { clientAddress: policies.slack } : {}) },
      sinks: [(event) => events.push(event)],
    });
    await fetch(await serveFailing(instance));
    expect(await instance.flush(5000)).toBe(true);
    expect(bodies.get("/agent")).toMatchObject({ request: { remote_addr: expect.stringMatching(agent) } });
    const told = { title: "Client IP", value: expect.stringMatching(slack) };
    const fields = expect.arrayContaining([expect.objectContaining(told)]);
    expect(bodies.get("/slack")).toMatchObject({ attachments: [{ fields }] });
    expect(events.find(({ type }) => type === "request")).toMatchObject({ client: "127.0.0.1" });
    expect(JSON.stringify(lines.slice(1))).not.toContain("remoteAddress");
  });

  it("tells Slack of a failure without a server, and says so when the webhook is no address", async () => {
    const messages: unknown[] = [];
    const slack = await listen(
      createServer(
        (request, response) => void readJson(request).then((body) => response.end(messages.push(body) && "ok")),
      ),
    );
    const { instance, lines } = start({}, { WEBHOOK_URL: `${slack}/services/T0/hidden` });
    expect(lines[0]?.msg).toContain("events go to Slack (failures only)");
    await fetch(await serveFailing(instance));
    expect(await instance.flush(5000)).toBe(true);
    expect(messages).toMatchObject([{ text: expect.stringContaining("500") }]);
    expect(JSON.stringify(lines)).not.toContain("hidden");
    const wrong = start({}, { GATEWATCH_SLACK_WEBHOOK_URL: "hooks.slack.test/secret" });
    expect(wrong.lines[0]?.msg).toContain("GATEWATCH_SLACK_WEBHOOK_URL");
    expect(JSON.stringify(wrong.lines)).not.toContain("hooks.slack.test");
  });

  it("logs what was thrown with its context, errors or not, and survives sinks and loggers that reject", async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    const lines: Record<string, unknown>[] = [];
    const write = async (_msg: string, fields: Record<string, unknown> = {}): Promise<never> => {
      lines.push(fields);
      throw new Error("the log is away");
    };
    const push = async (): Promise<never> => Promise.reject(new Error("the sink is away"));
    const sink = {
      name: "own",
      push,
      flush: async () => true,
      close: async () => undefined,
      stats: () => ({}) as never,
    };
    const { instance } = start({ logger: { info: write, warn: write, error: write }, sinks: [sink] });
    const guarded = gatewatch((request, response) => {
      request.gatewatch.set("plan", "gold");
      request.gatewatch.captureError("thrown text");
      response.end();
    }, instance);
    await fetch(await listen(createServer(guarded)));
    await instance.flush(1000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", onUnhandled);
    expect(lines).toContainEqual(
      expect.objectContaining({ attributes: { plan: "gold" }, errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) }),
    );
    expect(unhandled).toEqual([]);
  });

  it("turns what the app says by itself into events of its request, redacted", async () => {
    const events: GatewatchEvent[] = [];
    const { instance } = start({ sinks: [(event) => events.push(event)] });
    const guarded = gatewatch((request, response) => {
      instance.event("order placed", { items: 3, password: "hunter2" });
      request.gatewatch
        .metric("basket", 12.5, { kind: "histogram", unit: "EUR" })
        .log("warn", "card 4111 1111 1111 1111");
      instance.metric("broken", Number.NaN);
      response.end();
    }, instance);
    const answer = await fetch(await listen(createServer(guarded)));
    instance.log("info", "outside of any request");
    await instance.flush(1000);
    const requestId = answer.headers.get("x-request-id");
    const told = events.filter(({ type }) => type !== "request");
    expect(told).toMatchObject([
      { type: "custom", name: "order placed", requestId, attributes: { items: 3 } },
      { type: "metric", name: "basket", kind: "histogram", unit: "EUR", value: 12.5, requestId },
      { type: "log", level: "warn", requestId },
      { type: "log", level: "info", message: "outside of any request" },
    ]);
    expect(told[3]).not.toHaveProperty("requestId");
    expect(JSON.stringify(told)).not.toMatch(/hunter2|4111 1111/);
  });

  it("waits in await mode until the error is delivered, before the app answers", async () => {
    const order: string[] = [];
    const { instance } = start({
      mode: "await",
      sinks: [
        async (event) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (event.type === "error") order.push("delivered");
        },
      ],
    });
    const guarded = gatewatch(async () => Promise.reject(new Error("x")), instance);
    const url = await listen(
      createServer((request, response) => {
        void Promise.resolve(guarded(request, response)).catch(() => {
          order.push("answered");
          response.end();
        });
      }),
    );
    await fetch(url);
    expect(order).toEqual(["delivered", "answered"]);
  });

  it("does not wait in await mode for Slack, whose pace is one message a second", async () => {
    const server = createServer();
    const asked = once(server, "request") as Promise<[IncomingMessage, ServerResponse]>;
    const slack = await listen(server);
    const delivered: string[] = [];
    const { instance } = start(
      { mode: "await", delivery: { timeoutMs: 600_000 }, sinks: [async ({ type }) => delivered.push(type)] },
      { WEBHOOK_URL: `${slack}/services/T0` },
    );
    const answer = await fetch(await serveFailing(instance));
    expect(answer.status).toBe(500);
    expect(delivered[0]).toBe("error");
    expect(instance.stats().sinks["slack"]).toMatchObject({ pushed: 1, sent: 0 });
    (await asked)[1].end("ok");
    expect(await instance.flush(5000)).toBe(true);
    const alone = start({ mode: "await" }, { WEBHOOK_URL: `${slack}/services/T0` });
    expect(alone.instance.holdForDelivery()).toBeUndefined();
  });

  it("throws a ConfigError for mistakes in code, and only warns about those in the environment", () => {
    const refused: [GatewatchOptions, string][] = [
      [{ logger: {} as never }, "logger"],
      [{ enrich: "x" as never }, "enrich"],
      [{ sinks: [{ push: () => undefined }] as never }, "sinks"],
      [{ trustProxy: 1 as never }, "trustProxy"],
      [{ redact: { patterns: ["(a+)+$"] } }, "redact.patterns"],
    ];
    for (const [options, option] of refused) {
      expect(() => createGatewatch(options, { env: {}, dotenv: undefined })).toThrow(ConfigError);
      expect(() => createGatewatch(options, { env: {}, dotenv: undefined })).toThrow(option);
    }
    const { lines } = start({}, { GATEWATCH_MODE: "sometimes" });
    expect(lines[0]).toMatchObject({
      level: "warn",
      msg: expect.stringContaining("GATEWATCH_MODE"),
      fields: { code: "config_ignored" },
    });
  });

  it("leaves out a pattern of the environment that is none, says so once, and keeps the others", async () => {
    const events: GatewatchEvent[] = [];
    const { instance, lines } = start(
      { sinks: [(event) => events.push(event)] },
      { GATEWATCH_REDACT_PATTERNS: "(((,ORDER-[0-9]+", GATEWATCH_REDACT_EMAIL: "true" },
    );
    expect(lines.filter(({ fields }) => fields["code"] === "config_ignored").map(({ msg }) => msg)).toEqual([
      expect.stringContaining("((("),
    ]);
    instance.captureError(new Error("ORDER-17 of ada@example.org failed"));
    await instance.flush(1000);
    expect(events).toMatchObject([{ exceptions: [{ message: "[REDACTED] of [REDACTED] failed" }] }]);
  });

  it("counts the other sinks when one cannot count", () => {
    const broken: Sink = {
      name: "broken",
      push: () => undefined,
      flush: async () => true,
      close: async () => undefined,
      stats() {
        throw new Error("cannot count");
      },
    };
    const { instance } = start({ sinks: [broken, function other() {}] });
    instance.captureError(new Error("x"));
    const { sinks } = instance.stats();
    expect(sinks["broken"]).toMatchObject({ pushed: 0, lastError: "cannot count" });
    expect(sinks["other"]).toMatchObject({ pushed: 1 });
  });

  it("leaves no listener on the process after close()", async () => {
    const count = (): number[] =>
      ["SIGTERM", "SIGINT", "beforeExit", "uncaughtExceptionMonitor", "newListener"].map((event) =>
        process.listenerCount(event),
      );
    const before = count();
    const { instance } = start({ process: { uncaughtException: true, unhandledRejection: true } });
    expect(count()).not.toEqual(before);
    await instance.close(100);
    expect(count()).toEqual(before);
  });

  it("survives a logger and a sink that throw", async () => {
    const fail = (): never => {
      throw new Error("broken");
    };
    const instance = createGatewatch(
      { logger: { info: fail, warn: fail, error: fail }, sinks: [fail] },
      { env: {}, dotenv: undefined },
    );
    closers.push(() => instance.close(100));
    const answer = await fetch(
      await listen(createServer(gatewatch((_request, response) => response.end("fine"), instance))),
    );
    expect(await answer.text()).toBe("fine");
    expect(instance.stats().hooks.failures).toEqual({});
  });
});
