import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch, type Http2Listener } from "../../adapters/http.ts";
import { closeCachedApps, counting, createCore, serve } from "./cached-app-stand-in.ts";

afterAll(closeCachedApps);

describe("what other caches for Node do wrong", () => {
  it("runs the handler once for fifty misses at the same time", async () => {
    let finish: (() => void) | undefined;
    const app = await serve((_asked, answer) => {
      finish = () => {
        answer.setHeader("Cache-Control", "max-age=60");
        answer.end("one");
      };
    });
    const first = app.ask("/a");
    await expect.poll(() => finish).toBeDefined();
    const others = Array.from({ length: 49 }, () => app.ask("/a"));
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(49);
    finish?.();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, () => "one"));
    expect(app.seen).toEqual(["GET /a"]);
    expect(answers[7]!.headers["cache-status"]).toMatch(/^gatewatch; fwd=uri-miss; collapsed; ttl=\d+$/);
  });

  it.each<[string, Record<string, string | string[]>, number]>([
    ["Set-Cookie", { "Cache-Control": "max-age=60", "Set-Cookie": "session=1" }, 200],
    ["no-store", { "Cache-Control": "no-store" }, 200],
    ["private", { "Cache-Control": "private, max-age=60" }, 200],
    ["Vary: *", { "Cache-Control": "max-age=60", Vary: "*" }, 200],
    ["a 500 without a word", {}, 500],
    ["a 200 without a word", {}, 200],
    ["a nonce", { "Cache-Control": "max-age=60", "Content-Security-Policy": "script-src 'nonce-x'" }, 200],
    ["server-sent events", { "Cache-Control": "max-age=60", "Content-Type": "text/event-stream" }, 200],
  ])("stores no answer with %s", async (_name, headers, status) => {
    const app = await serve(counting(headers, status));
    expect((await app.ask("/a")).text).toBe("answer 1");
    const second = await app.ask("/a");
    expect(second.text).toBe("answer 2");
    expect(second.headers["x-cache"]).toBe("MISS");
  });

  it.each([
    ["Authorization", { authorization: "Bearer alice" }, { authorization: "Bearer bob" }],
    ["a cookie", { cookie: "session=alice" }, { cookie: "session=bob" }],
    ["an API key", { "x-api-key": "alice" }, { "x-api-key": "bob" }],
    ["a user whom a proxy has signed in", { "x-forwarded-user": "alice" }, { "x-forwarded-user": "bob" }],
    ["a certificate that a proxy has checked", { "client-cert": ":alice:" }, { "client-cert": ":bob:" }],
    ["a user that only the first one has", { authorization: "Bearer alice" }, {}],
    ["a cookie that only the first one has", { cookie: "session=alice" }, {}],
  ])("shows nobody what was made for %s", async (_name, alice, bob) => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      const { authorization, cookie, "x-api-key": key, "x-forwarded-user": user } = asked.headers;
      answer.end(`for ${authorization ?? cookie ?? String(key ?? user ?? asked.headers["client-cert"])}`);
    });
    expect((await app.ask("/me", alice as Record<string, string>)).text).toContain("alice");
    expect((await app.ask("/me", bob as Record<string, string>)).text).not.toContain("alice");
  });

  it("shows no answer for everybody to a user, unless the app allows it", async () => {
    const plain = await serve(counting());
    await plain.ask("/a");
    expect((await plain.ask("/a", { authorization: "Bearer bob" })).text).toBe("answer 2");
    const open = await serve(counting({ "Cache-Control": "public, max-age=60" }));
    await open.ask("/a", { authorization: "Bearer alice" });
    expect((await open.ask("/a", { authorization: "Bearer bob" })).text).toBe("answer 1");
  });

  it("keeps variants apart by Vary", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.setHeader("Vary", "Accept-Language");
      answer.end(asked.headers["accept-language"] ?? "none");
    });
    for (const language of ["de", "en", "de", "en"]) {
      expect((await app.ask("/a", { "accept-language": language })).text).toBe(language);
    }
    expect(app.seen).toHaveLength(2);
  });

  it("serves no POST from the store, and gives no GET the answer to a POST", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "public, max-age=60");
      answer.end(asked.method);
    });
    expect((await app.ask("/a", {}, "POST", "x")).text).toBe("POST");
    expect((await app.ask("/a")).text).toBe("GET");
    expect((await app.ask("/a", {}, "POST", "x")).text).toBe("POST");
    expect((await app.ask("/a", {}, "QUERY", "x")).text).toBe("QUERY");
    expect(app.seen).toEqual(["POST /a", "GET /a", "POST /a", "QUERY /a"]);
  });

  it("lets nobody write into the answers of others by headers outside the key", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "public, max-age=60");
      answer.end(`<script src="//${String(asked.headers["x-forwarded-host"] ?? "shop.test")}/a.js">`);
    });
    expect((await app.ask("/a", { "x-forwarded-host": "evil.test" })).text).toContain("evil.test");
    expect((await app.ask("/a")).text).toContain("shop.test");
    expect((await app.ask("/a")).headers["x-cache"]).toBe("HIT");
  });

  it("does not look at requests that ask for another method by a header", async () => {
    const app = await serve(counting({ "Cache-Control": "public, max-age=60" }));
    await app.ask("/a", { "x-http-method-override": "DELETE" });
    const { text, headers } = await app.ask("/a", { "x-http-method-override": "DELETE" });
    expect({ text, xCache: headers["x-cache"] }).toEqual({ text: "answer 2", xCache: "BYPASS" });
  });

  it("lets no body of a GET, which is no part of the key, write into the answers of others", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "public, max-age=60");
      asked.on("data", (chunk: Buffer) => answer.write(chunk));
      asked.on("end", () => answer.end("."));
      asked.resume();
    });
    expect((await app.ask("/a", {}, "GET", "evil")).text).toBe("evil.");
    expect((await app.ask("/a")).text).toBe(".");
    expect((await app.ask("/a", {}, "GET", "evil")).headers).toMatchObject({
      "x-cache": "BYPASS",
      "cache-status": "gatewatch; fwd=bypass; detail=request-body",
    });
  });

  it("lets no body of a GET over HTTP/2, which no header announces, write into the answers of others", async () => {
    const { probe } = createCore({});
    const listener: Http2Listener = async (asked, answer) => {
      const body = await text(asked);
      answer.setHeader("Cache-Control", "public, max-age=60");
      answer.end(`${body}.`);
    };
    const server = createHttp2Server(gatewatch(listener, probe.gatewatch)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ask = (body: string): Promise<string> => {
      const stream = session.request({ ":path": "/a" }, { endStream: body === "" });
      if (body !== "") stream.end(body);
      return text(stream);
    };
    expect(await ask("evil")).toBe("evil.");
    expect(await ask("")).toBe(".");
    session.close();
    server.close();
  });

  it.each(["/shop/Cart", "/shop//cart", "/shop/c%61rt", "/shop/cart/"])(
    "keeps nothing of a skipped path that is asked for as %s (cache deception)",
    async (spelling) => {
      const app = await serve((asked, answer) => answer.end(`cart of ${asked.headers.cookie ?? "nobody"}`), {
        routes: { "/shop*": { ttlMs: 60_000, ignoreCookies: true } },
        skip: ["/shop/cart"],
      });
      expect((await app.ask(spelling, { cookie: "alice" })).headers["x-cache"]).toBe("BYPASS");
      expect((await app.ask(spelling)).text).toBe("cart of nobody");
    },
  );

  it("decides nothing by an extension (cache deception)", async () => {
    const app = await serve((asked, answer) => answer.end(`private data of ${asked.headers.cookie ?? "nobody"}`), {
      routes: { "/static*": { ttlMs: 60_000, staleWhileRevalidateMs: 0, ignoreCookies: false } },
    });
    await app.ask("/account/x.css", { cookie: "alice" });
    expect((await app.ask("/account/x.css")).text).toBe("private data of nobody");
    expect(app.seen).toHaveLength(2);
  });

  it("takes other spellings of a path for other resources", async () => {
    const app = await serve(counting());
    for (const path of ["/a", "/%61", "/a?", "/a?x=1&y=2", "/a?y=2&x=1", "//a"]) await app.ask(path);
    expect(app.seen).toHaveLength(6);
  });

  it("gives binary bodies back byte by byte, whole and as streams", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.setHeader("Content-Type", "application/octet-stream");
      if (asked.url === "/whole") return answer.end(bytes);
      answer.write(bytes.subarray(0, 5));
      answer.write(bytes.subarray(5, 66_000));
      return setImmediate(() => answer.end(bytes.subarray(66_000)));
    });
    for (const path of ["/whole", "/stream"]) {
      expect((await app.ask(path)).body.equals(bytes)).toBe(true);
      const hit = await app.ask(path);
      expect(hit.headers["x-cache"]).toBe("HIT");
      expect(hit.body.equals(bytes)).toBe(true);
    }
  });

  it("keeps its own copy of bytes that the app changes later", async () => {
    const shared = Buffer.from("first");
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.end(shared);
    });
    await app.ask("/a");
    shared.write("other");
    expect((await app.ask("/a")).text).toBe("first");
  });

  it("lets a miss stream on", async () => {
    let finish: (() => void) | undefined;
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.write("begin");
      finish = () => void answer.end(" and end");
    });
    const asked = request({ host: "127.0.0.1", port: app.port, path: "/a", headers: { host: "shop.test" } });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const [chunk] = (await once(answer, "data")) as [Buffer];
    expect(chunk.toString()).toBe("begin");
    finish?.();
    await once(answer, "end");
    expect((await app.ask("/a")).text).toBe("begin and end");
    expect(app.seen).toHaveLength(1);
  });

  it("says on a hit how old it is, where it comes from, and how long it is good", async () => {
    const app = await serve(counting({ "Cache-Control": "max-age=60", Date: new Date().toUTCString() }), {
      ttlHeader: true,
    });
    const miss = await app.ask("/a");
    expect(miss.headers).toMatchObject({
      "x-cache": "MISS",
      "cache-status": "gatewatch; fwd=uri-miss; fwd-status=200; stored",
    });
    app.advance(10);
    const { headers } = await app.ask("/a");
    expect(headers).toMatchObject({
      "x-cache": "HIT",
      date: miss.headers.date,
      "x-cache-ttl": expect.stringMatching(/^\d+$/),
    });
    expect(Number(headers.age)).toBeGreaterThanOrEqual(10);
    expect(headers["cache-status"]).toMatch(/^gatewatch; hit; ttl=(49|50)$/);
  });

  it("stores nothing of an answer that broke off, and lets the next request run", async () => {
    let isBroken = true;
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      if (!isBroken) return answer.end("whole");
      answer.setHeader("Content-Length", "100");
      answer.write("part");
      return setImmediate(() => answer.destroy());
    });
    const first = app.ask("/a");
    await expect(first).rejects.toThrow("aborted");
    isBroken = false;
    expect((await app.ask("/a")).text).toBe("whole");
    expect((await app.ask("/a")).headers["x-cache"]).toBe("HIT");
  });

  it("stores nothing that is shorter than its Content-Length", async () => {
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.setHeader("Content-Length", "9");
      answer.write("short");
      answer.end();
    });
    await app.ask("/a", { connection: "close" }).catch(() => undefined);
    await app.ask("/a", { connection: "close" }).catch(() => undefined);
    expect(app.seen).toHaveLength(2);
  });

  it("answers HEAD from what GET has stored", async () => {
    const app = await serve(counting());
    await app.ask("/a");
    const { status, text, headers } = await app.ask("/a", {}, "HEAD");
    expect({ status, text, length: headers["content-length"], xCache: headers["x-cache"] }).toEqual({
      status: 200,
      text: "",
      length: "8",
      xCache: "HIT",
    });
  });

  it.each([
    [{ "if-none-match": '"v1"' }, 304],
    [{ "if-none-match": 'W/"v1", "v2"' }, 304],
    [{ "if-none-match": '"v2"' }, 200],
    [{ "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT" }, 304],
    [{ "if-modified-since": "Wed, 01 Jan 2025 00:00:00 GMT" }, 200],
  ])("answers %j on a hit with %d", async (conditions, status) => {
    const app = await serve(
      counting({
        "Cache-Control": "max-age=60",
        ETag: '"v1"',
        "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        Vary: "Accept",
        Expires: "Fri, 01 Jan 2038 01:01:01 GMT",
        "Content-Type": "text/plain",
      }),
    );
    await app.ask("/a");
    const answer = await app.ask("/a", conditions as unknown as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      etag: '"v1"',
      vary: "Accept",
      "cache-control": "max-age=60",
      expires: expect.any(String),
      date: expect.any(String),
    });
    expect(answer.text).toBe(status === 304 ? "" : "answer 1");
    expect(app.seen).toHaveLength(1);
  });
});
