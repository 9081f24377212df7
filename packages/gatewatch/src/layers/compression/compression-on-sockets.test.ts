import { once } from "node:events";
import { createRequire } from "node:module";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { brotliDecompressSync, constants, createGunzip, gunzipSync, zstdDecompressSync } from "node:zlib";
import express from "express";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch as gatewatchExpress } from "../../adapters/express.ts";
import { gatewatch as gatewatchHttp } from "../../adapters/http.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";

const DECODERS: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};
const CODINGS = ["gzip", "br", "zstd"];
const SENTENCE = "Grüße aus dem Garten, 你好, 👋🏽! ";
const PAGE = SENTENCE.repeat(300);
const BIG = Buffer.from(SENTENCE.repeat(50_000));

const folder = mkdtempSync(join(tmpdir(), "gatewatch-compression-"));
writeFileSync(join(folder, "page.html"), PAGE);
const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

function start(options: GatewatchOptions = {}): Gatewatch {
  const say = (): void => undefined;
  const core = createGatewatch(
    { logger: { info: say, warn: say, error: say }, ...options },
    { env: {}, dotenv: undefined },
  );
  closers.push(() => core.close(0));
  return core;
}

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Answer {
  status: number | undefined;
  headers: IncomingMessage["headers"];
  raw: Buffer;
  /** The body as the app gave it. */
  text: string;
}

async function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const call = request({ host: "127.0.0.1", port, path, headers, method });
  call.end();
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const decode = DECODERS[answer.headers["content-encoding"] ?? ""];
  return {
    status: answer.statusCode,
    headers: answer.headers,
    raw,
    text: (raw.length > 0 && decode ? decode(raw) : raw).toString(),
  };
}

/** What an app may do with a response; each must arrive as it was given. */
const WAYS: readonly [name: string, text: string, send: (response: ServerResponse) => unknown][] = [
  ["end(text)", PAGE, (response) => response.end(PAGE)],
  ["end(buffer)", PAGE, (response) => response.end(Buffer.from(PAGE))],
  [
    "writeHead and end",
    PAGE,
    (response) => response.writeHead(200, { "Content-Type": "text/html", ETag: '"x"' }).end(PAGE),
  ],
  [
    "writeHead with a length",
    PAGE,
    (response) =>
      response.writeHead(200, { "Content-Type": "text/html", "Content-Length": Buffer.byteLength(PAGE) }).end(PAGE),
  ],
  ["writeHead with a list", PAGE, (response) => response.writeHead(200, ["Content-Type", "text/html"]).end(PAGE)],
  ["latin1", "é".repeat(2000), (response) => response.end("é".repeat(2000))],
  [
    "another charset of the text",
    "ab".repeat(2000),
    (response) => response.end(Buffer.from("ab".repeat(2000)).toString("base64"), "base64"),
  ],
  [
    "write and end",
    PAGE + PAGE,
    (response) => {
      response.write(PAGE);
      response.end(PAGE);
    },
  ],
  [
    "many small writes",
    SENTENCE.repeat(500),
    (response) => {
      for (let at = 0; at < 500; at++) response.write(SENTENCE);
      response.end();
    },
  ],
  [
    "writes that cut characters",
    SENTENCE.repeat(20),
    (response) => {
      for (const byte of Buffer.from(SENTENCE.repeat(20))) response.write(Buffer.from([byte]));
      response.end();
    },
  ],
  ["a piped stream", PAGE, (response) => Readable.from([PAGE.slice(0, 1000), PAGE.slice(1000)]).pipe(response)],
  ["a pipeline", PAGE, async (response) => await pipeline(Readable.from([Buffer.from(PAGE)]), response)],
  ["a body of 2 MB at once", BIG.toString(), (response) => response.end(BIG)],
  [
    "a body of 2 MB by pieces",
    BIG.toString(),
    async (response) =>
      await pipeline(
        Readable.from(
          (function* () {
            for (let at = 0; at < BIG.length; at += 16_384) yield BIG.subarray(at, at + 16_384);
          })(),
        ),
        response,
      ),
  ],
  [
    "a buffer that is used again",
    "a".repeat(3000) + "b".repeat(3000),
    (response) => {
      const buffer = Buffer.alloc(3000, "a");
      response.write(buffer, () => {
        buffer.fill("b");
        response.end(buffer);
      });
    },
  ],
  [
    "writes after a wait",
    PAGE + PAGE,
    (response) => {
      response.write(PAGE);
      setImmediate(() => response.end(PAGE));
    },
  ],
  [
    "flushed headers",
    PAGE,
    (response) => {
      response.flushHeaders();
      response.end(PAGE);
    },
  ],
  [
    "an empty write",
    PAGE,
    (response) => {
      response.write("");
      response.end(PAGE);
    },
  ],
  ["a callback at the end", PAGE, (response) => response.end(PAGE, () => undefined)],
];

describe("compression on node:http", () => {
  const sends = new Map(WAYS.map(([name, , send]) => [`/${encodeURIComponent(name)}`, send]));
  const ready = listen(
    gatewatchHttp((incoming, response) => {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      return sends.get(incoming.url!)!(response);
    }, start()),
  );

  it.each(WAYS.flatMap(([name, text]) => CODINGS.map((coding) => [name, coding, text] as const)))(
    "%s arrives whole by %s",
    async (name, coding, text) => {
      const answer = await ask(await ready, `/${encodeURIComponent(name)}`, { "accept-encoding": coding });
      expect(answer.headers["content-encoding"]).toBe(coding);
      expect(answer.text === text).toBe(true);
      expect(answer.headers["vary"]).toBe("Accept-Encoding");
      const length = answer.headers["content-length"];
      expect(length ?? String(answer.raw.length)).toBe(String(answer.raw.length));
    },
  );

  it.each(WAYS.map(([name, text]) => [name, text] as const))(
    "%s arrives as it is for whoever accepts no coding",
    async (name, text) => {
      const answer = await ask(await ready, `/${encodeURIComponent(name)}`);
      expect(answer.headers["content-encoding"]).toBeUndefined();
      expect(answer.text === text).toBe(true);
    },
  );

  it("sends what was written before a pause, and what was flushed", async () => {
    let response: ServerResponse & { flush?: () => void };
    const port = await listen(
      gatewatchHttp((_incoming, outgoing) => {
        response = outgoing;
        outgoing.setHeader("Content-Type", "text/html");
        outgoing.write("first");
        (outgoing as typeof response).flush?.();
      }, start()),
    );
    const call = request({ host: "127.0.0.1", port, headers: { "accept-encoding": "gzip" } });
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    const plain = answer.pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH }));
    expect(String((await once(plain, "data"))[0])).toBe("first");
    response!.write("second");
    expect(String((await once(plain, "data"))[0])).toBe("second");
    response!.end("third");
    expect(String((await once(plain, "data"))[0])).toBe("third");
    await once(plain, "end");
  });

  it.each([false, true])("sends each event of an event stream at once (compressed: %s)", async (eventStreams) => {
    let response: ServerResponse;
    const port = await listen(
      gatewatchHttp(
        (_incoming, outgoing) => {
          response = outgoing;
          outgoing.writeHead(200, { "Content-Type": "text/event-stream" });
          outgoing.write("data: 1\n\n");
        },
        start({ compression: { eventStreams } }),
      ),
    );
    const call = request({ host: "127.0.0.1", port, headers: { "accept-encoding": "gzip" } });
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    expect(answer.headers["content-encoding"]).toBe(eventStreams ? "gzip" : undefined);
    const plain = eventStreams ? answer.pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH })) : answer;
    expect(String((await once(plain, "data"))[0])).toBe("data: 1\n\n");
    response!.write("data: 2\n\n");
    expect(String((await once(plain, "data"))[0])).toBe("data: 2\n\n");
    response!.end();
    await once(plain, "end");
  });

  it("stops when the client goes away in the middle", async () => {
    const closed = Promise.withResolvers<boolean>();
    const port = await listen(
      gatewatchHttp((_incoming, response) => {
        response.setHeader("Content-Type", "text/plain");
        const source = Readable.from(
          (function* () {
            for (;;) yield crypto.randomUUID().repeat(500);
          })(),
        );
        response.once("close", () => closed.resolve(response.writableFinished));
        pipeline(source, response).catch(() => undefined);
      }, start()),
    );
    const call = request({ host: "127.0.0.1", port, headers: { "accept-encoding": "br" } });
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    await once(answer, "data");
    call.destroy();
    expect(await closed.promise).toBe(false);
  });

  it("breaks off when the source breaks off", async () => {
    const port = await listen(
      gatewatchHttp((_incoming, response) => {
        response.setHeader("Content-Type", "text/plain");
        const source = Readable.from(
          (function* () {
            yield PAGE;
            throw new Error("source failed");
          })(),
        );
        pipeline(source, response).catch(() => undefined);
      }, start()),
    );
    await expect(ask(port, "/", { "accept-encoding": "gzip" })).rejects.toThrow(/aborted|hang up/);
  });
});

describe.each([
  ["Express 5", express],
  ["Express 4", createRequire(import.meta.url)("express4") as typeof express],
])("compression on %s", (_name, create) => {
  const app = create();
  app.use(gatewatchExpress(start({ compression: { skip: ["/raw"] }, cors: { origins: "https://app.test" } })));
  app.get("/json", (_request, response) => void response.json({ text: PAGE }));
  app.get("/short", (_request, response) => void response.json({ ok: true }));
  app.get("/text", (_request, response) => void response.type("text/plain").send(PAGE));
  app.get("/raw", (_request, response) => void response.send(PAGE));
  app.get("/own", (_request, response) => void response.set("Content-Encoding", "x-own").type("text/plain").send(PAGE));
  app.get("/kept", (_request, response) => void response.set("Cache-Control", "no-transform").send(PAGE));
  app.get("/fails", () => {
    throw new Error(PAGE);
  });
  app.use("/files", create.static(folder));
  const ready = listen(app);

  it.each(CODINGS)("compresses what res.json and res.send give, by %s", async (coding) => {
    const port = await ready;
    const json = await ask(port, "/json", { "accept-encoding": coding });
    expect(JSON.parse(json.text)).toEqual({ text: PAGE });
    expect(json.headers).toMatchObject({ "content-encoding": coding, "content-length": String(json.raw.length) });
    expect(json.headers["etag"]).toMatch(/^W\//);
    expect((await ask(port, "/text", { "accept-encoding": coding })).text).toBe(PAGE);
  });

  it.each([
    ["/short", undefined],
    ["/raw", undefined],
    ["/own", "x-own"],
    ["/kept", undefined],
  ])("leaves %s as it is", async (path, coding) => {
    const answer = await ask(await ready, path, { "accept-encoding": "gzip, br" });
    expect(answer.headers["content-encoding"]).toBe(coding);
    expect(answer.headers["content-length"]).toBe(String(answer.raw.length));
  });

  it("answers 304 to the tag that it has given", async () => {
    const port = await ready;
    const { headers } = await ask(port, "/json", { "accept-encoding": "br" });
    const again = await ask(port, "/json", { "accept-encoding": "br", "if-none-match": headers["etag"]! });
    expect([again.status, again.headers["etag"], again.raw.length]).toEqual([304, headers["etag"], 0]);
  });

  it("gives HEAD the head of GET, without a length", async () => {
    const { headers, raw } = await ask(await ready, "/json", { "accept-encoding": "br" }, "HEAD");
    expect(raw).toHaveLength(0);
    expect(headers).toMatchObject({ "content-encoding": "br", vary: expect.stringContaining("Accept-Encoding") });
    expect(headers["content-length"]).toBeUndefined();
  });

  it("compresses files, and leaves parts of them alone", async () => {
    const port = await ready;
    const whole = await ask(port, "/files/page.html", { "accept-encoding": "gzip" });
    expect([whole.headers["content-encoding"], whole.text]).toEqual(["gzip", PAGE]);
    const part = await ask(port, "/files/page.html", { "accept-encoding": "gzip", range: "bytes=0-99" });
    expect([part.status, part.headers["content-encoding"], part.raw.length]).toEqual([206, undefined, 100]);
    expect(part.raw.equals(Buffer.from(PAGE).subarray(0, 100))).toBe(true);
  });

  it("puts headers on errors too, with those of cors", async () => {
    const origin = "https://app.test";
    for (const path of ["/fails", "/nowhere"]) {
      const { headers } = await ask(await ready, path, { "accept-encoding": "gzip", origin });
      expect(headers).toMatchObject({
        "access-control-allow-origin": origin,
        vary: "Accept-Encoding, Origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
      });
      expect(headers["x-powered-by"]).toBeUndefined();
    }
  });

  it("answers preflights itself, before the app", async () => {
    const asked = { origin: "https://app.test", "access-control-request-method": "PUT" };
    const { status, headers } = await ask(await ready, "/json", asked, "OPTIONS");
    expect([status, headers["access-control-allow-origin"], headers["content-length"]]).toEqual([
      204,
      "https://app.test",
      undefined,
    ]);
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the nonce on Express", () => {
  it("is the same in the page and in the policy, and another one each time", async () => {
    const app = express();
    app.use(gatewatchExpress(start({ securityHeaders: { contentSecurityPolicy: "script-src 'nonce'" } })));
    app.get(
      "/",
      (incoming, response) => void response.send(`<script nonce="${incoming.gatewatch.cspNonce}">1</script>`),
    );
    const port = await listen(app);
    const nonces = await Promise.all(
      [1, 2, 3].map(async () => {
        const { headers, text } = await ask(port, "/");
        const nonce = /nonce="(\w+)"/.exec(text)?.[1];
        expect(headers["content-security-policy"]).toBe(`script-src 'nonce-${nonce}'`);
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(3);
  });
});
