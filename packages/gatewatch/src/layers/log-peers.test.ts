import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { gatewatch } from "../adapters/http.ts";
import { createGatewatch, type GatewatchOptions } from "../create-gatewatch.ts";

// What morgan, pino-http and on-finished document, as cases of our own.

type Fields = Record<string, unknown> & { msg: string; level: string };
type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A server whose lines are gathered, and waited for. */
async function serve(handle: Handler, given: object = {}) {
  const lines: Fields[] = [];
  const waiting: (() => void)[] = [];
  const write =
    (level: string) =>
    (msg: string, fields: object): void => {
      if (!msg.startsWith("request ")) return;
      lines.push({ ...fields, msg, level });
      for (const check of waiting.splice(0)) check();
    };
  const logger = { info: write("info"), warn: write("warn"), error: write("error"), fatal: write("fatal") };
  const core = createGatewatch(
    {
      logger,
      accessLog: { fields: "full", clientAddress: "keep" },
      timing: { processMetricsMs: 0 },
      ...given,
    } as GatewatchOptions,
    { env: {}, dotenv: undefined, file: undefined },
  );
  const server: Server = createServer(gatewatch((request, response) => handle(request, response), core) as Handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await core.close(100);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    lines,
    async until(count: number): Promise<Fields[]> {
      while (lines.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return lines;
    },
    async get(
      path: string,
      headers: Record<string, string> = {},
      method = "GET",
      body?: string,
    ): Promise<IncomingMessage> {
      const request = ask({ port, path, method, headers, agent: false });
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return response;
    },
    open(): Socket {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      return socket;
    },
  };
}

const ok: Handler = (_request, response) =>
  void response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": 5 }).end("hello");
const pick = (fields: Fields | undefined, path: string): unknown =>
  path.split(".").reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], fields);

describe("what morgan's tokens say", () => {
  it.each<[token: string, field: string, value: unknown]>([
    [":method", "req.method", "GET"],
    [":url", "req.url", "/a?page=2"],
    [":status", "res.statusCode", 200],
    [":res[content-length]", "res.contentLength", 5],
    [":res[content-type]", "res.contentType", "text/plain"],
    [":remote-addr", "req.remoteAddress", "127.0.0.1"],
    [":user-agent", "req.userAgent", "curl/8"],
    [":referrer", "req.headers.referer", "https://shop.test/"],
    [":req[x-tenant]", "req.headers.x-tenant", "blue"],
    [":req[cookie]", "req.headers.cookie", "[REDACTED]"],
    [":response-time", "responseTime", expect.any(Number)],
  ])("%s stands in %s", async (_token, field, value) => {
    const { get, until } = await serve(ok);
    await get("/a?page=2", {
      "user-agent": "curl/8",
      referer: "https://shop.test/",
      "x-tenant": "blue",
      cookie: "sid=1",
    });
    expect(pick((await until(1))[0], field)).toEqual(value);
  });

  it(":res[content-length] is absent where none was sent; the bytes are counted all the same", async () => {
    const { get, until } = await serve((_request, response) => {
      response.write("a");
      response.end("bc");
    });
    await get("/a");
    const [line] = await until(1);
    expect([pick(line, "res.contentLength"), pick(line, "res.bytes")]).toEqual([undefined, 3]);
  });

  it(":url keeps the target of an app that rewrites it", async () => {
    const { get, until } = await serve((request, response) => {
      request.url = "/rewritten";
      response.end("ok");
    });
    await get("/as-it-came");
    expect(pick((await until(1))[0], "req.url")).toBe("/as-it-came");
  });

  it("immediate: the line comes with the request, and no other", async () => {
    const { get, until } = await serve(ok, { accessLog: { responses: false } });
    await get("/a");
    const [line, ...others] = await until(1);
    expect([line?.msg, line?.["res"], others]).toEqual(["request received", undefined, []]);
  });

  it("skip: by path, and by status", async () => {
    const { get, until } = await serve(
      (request, response) => void response.writeHead(Number(request.url?.slice(1))).end(),
      {
        accessLog: { skip: ["/201"], levels: { "3xx": "silent" } },
      },
    );
    for (const path of ["/201", "/304", "/202"]) await get(path);
    expect((await until(1)).map((line) => pick(line, "res.statusCode"))).toEqual([202]);
  });

  it("a hostile user agent or path starts no line and colours no terminal", async () => {
    const { open, until } = await serve(ok);
    const socket = open();
    socket.write(
      "GET /%0d%0aforged%1b[2J HTTP/1.1\r\nHost: t\r\nUser-Agent: a\u009b31m\tb\r\nConnection: close\r\n\r\n",
    );
    socket.resume();
    await once(socket, "close");
    const [line] = await until(1);
    expect(pick(line, "req.url")).toBe("/%0d%0aforged%1b[2J");
  });
});

describe("what pino-http says", () => {
  it.each([
    ["from a stranger", {}, false],
    ["from a trusted peer", { trustProxy: "loopback" }, true],
  ])("an inbound X-Request-ID %s", async (_who, given, isTaken) => {
    const { get, until } = await serve(ok, given);
    const response = await get("/a", { "x-request-id": "abcdef-123456" });
    const [line] = await until(1);
    expect(line?.["reqId"] === "abcdef-123456").toBe(isTaken);
    expect(response.headers["x-request-id"]).toBe(line?.["reqId"]);
  });

  it.each([
    [200, "info"],
    [302, "info"],
    [404, "warn"],
    [500, "error"],
  ])("status %i is at %s", async (status, level) => {
    const { get, until } = await serve((_request, response) => void response.writeHead(status).end());
    await get("/a");
    expect((await until(1))[0]?.level).toBe(level);
  });

  it("customLogLevel", async () => {
    const { get, until } = await serve((_request, response) => void response.writeHead(404).end(), {
      accessLog: { levels: { "404": "info" } },
    });
    await get("/a");
    expect((await until(1))[0]?.level).toBe("info");
  });

  it("ids differ over one connection", async () => {
    const { get, until } = await serve(ok);
    for (const path of ["/1", "/2", "/3"]) await get(path);
    expect(new Set((await until(3)).map((line) => line["reqId"])).size).toBe(3);
  });

  it("secrets of a query stay out", async () => {
    const { get, until } = await serve(ok);
    await get("/a?access_token=abcdefgh12345678&page=2");
    expect(JSON.stringify(await until(1))).not.toContain("abcdefgh12345678");
  });
});

describe("when on-finished says that it is over", () => {
  it("once, where the app destroys its own answer", async () => {
    const { open, until } = await serve((_request, response) => response.destroy());
    const socket = open();
    socket.write("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    await once(socket, "close");
    expect(await until(1)).toMatchObject([{ aborted: true, res: { statusCode: 499 } }]);
  });

  it("once, where the app destroys the socket after the head", async () => {
    const { open, until } = await serve((request, response) => {
      response.write("half");
      setImmediate(() => request.socket.destroy());
    });
    const socket = open();
    socket.resume();
    socket.write("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    await once(socket, "close");
    expect(await until(1)).toMatchObject([{ aborted: true, res: { statusCode: 200 } }]);
  });

  it("once, for an upload that breaks off", async () => {
    const { open, until } = await serve((request) => void request.resume());
    const socket = open();
    await once(socket, "connect");
    socket.write("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nhalf", () => socket.destroy());
    expect(await until(1)).toMatchObject([{ aborted: true, res: { statusCode: 499 }, req: { method: "POST" } }]);
  });

  it("once, for Expect: 100-continue", async () => {
    const { open, until } = await serve((request, response) => {
      request.resume().on("end", () => response.end("ok"));
    });
    const socket = open();
    socket.write(
      "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    );
    await once(socket, "data");
    socket.write("hi");
    socket.resume();
    await once(socket, "close");
    expect(await until(1)).toMatchObject([{ res: { statusCode: 200 } }]);
  });

  it("once, for a chunked upload and a chunked answer", async () => {
    const { get, until } = await serve((request, response) => void request.pipe(response));
    await get("/a", { "transfer-encoding": "chunked" }, "POST", "echo");
    expect(await until(1)).toMatchObject([{ res: { statusCode: 200, bytes: 4 } }]);
  });

  it("in the order of the answers, where a later request is answered first", async () => {
    const held: ServerResponse[] = [];
    const { open, until } = await serve((request, response) => {
      if (request.url === "/slow") held.push(response);
      else {
        response.end("quick");
        held[0]?.end("slow");
      }
    });
    const socket = open();
    socket.resume();
    socket.write("GET /slow HTTP/1.1\r\nHost: t\r\n\r\nGET /quick HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    await once(socket, "close");
    expect((await until(2)).map((line) => pick(line, "req.url"))).toEqual(["/slow", "/quick"]);
  });

  it("never, for what is no request", async () => {
    const { open, get, until } = await serve(ok);
    const socket = open();
    socket.write("nonsense\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    await get("/after");
    expect((await until(1)).map((line) => pick(line, "req.url"))).toEqual(["/after"]);
  });
});
