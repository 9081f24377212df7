import { type RequestListener } from "node:http";
import express from "express";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch as gatewatchExpress } from "../../adapters/express.ts";
import { gatewatch as gatewatchFetch } from "../../adapters/fetch.ts";
import { type Answer, closeCachedApps, counting, createCore, listen, send, serve } from "./cached-app-stand-in.ts";

afterAll(closeCachedApps);

describe("parts, statuses, and other layers", () => {
  it.each([
    ["bytes=0-1", 206, "01", "bytes 0-1/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=20-", 416, "", "bytes */10"],
    ["bytes=0-1,4-5", 200, "0123456789", undefined],
  ])("answers Range: %s on a hit with %d", async (range, status, text, contentRange) => {
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.end("0123456789");
    });
    await app.ask("/a");
    const answer = await app.ask("/a", { range });
    expect({ status: answer.status, text: answer.text, range: answer.headers["content-range"] }).toEqual({
      status,
      text,
      range: contentRange,
    });
    expect(app.seen).toHaveLength(1);
  });

  it("leaves Range to the app on a miss, and keeps no part for a whole", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      if (asked.headers.range === undefined) return answer.end("0123456789");
      answer.setHeader("Content-Range", "bytes 0-1/10");
      return answer.writeHead(206).end("01");
    });
    expect((await app.ask("/a", { range: "bytes=0-1" })).status).toBe(206);
    expect((await app.ask("/a")).text).toBe("0123456789");
  });

  it.each([204, 301, 404, 410])("keeps a %d with a time to live", async (status) => {
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.writeHead(status).end();
    });
    await app.ask("/a");
    const hit = await app.ask("/a");
    expect({ status: hit.status, xCache: hit.headers["x-cache"] }).toEqual({ status, xCache: "HIT" });
  });

  it("keeps no line of one exchange or one connection", async () => {
    let count = 0;
    const app = await serve((_asked, answer) => {
      count++;
      answer.setHeader("Cache-Control", 'max-age=60, no-cache="x-secret"');
      for (const name of [
        "X-Request-ID",
        "Server-Timing",
        "X-Processing-Time",
        "RateLimit",
        "RateLimit-Policy",
        "X-RateLimit-Limit",
        "X-Secret",
        "X-Hop",
      ]) {
        answer.setHeader(name, `of ${count}`);
      }
      answer.setHeader("Connection", "X-Hop, keep-alive");
      answer.setHeader("X-Kept", `of ${count}`);
      answer.end("x");
    });
    await app.ask("/a");
    const { headers } = await app.ask("/a");
    expect(headers).toMatchObject({ "x-cache": "HIT", "x-kept": "of 1" });
    expect(
      Object.entries(headers)
        .filter(([, value]) => value === "of 1")
        .map(([name]) => name),
    ).toEqual(["x-kept"]);
  });

  it("compresses what it keeps as it is for whoever takes it so", async () => {
    const text = "the same sentence again and again; ".repeat(100);
    const app = await serve(
      (_asked, answer) => {
        answer.setHeader("Cache-Control", "max-age=60");
        answer.setHeader("Content-Type", "text/plain");
        answer.end(text);
      },
      { isCompressed: true },
    );
    const first = await app.ask("/a", { "accept-encoding": "gzip" });
    expect(first.headers["content-encoding"]).toBe("gzip");
    const plain = await app.ask("/a");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.text).toBe(text);
    const again = await app.ask("/a", { "accept-encoding": "br" });
    expect(again.headers).toMatchObject({
      "content-encoding": "br",
      "x-cache": "HIT",
      vary: expect.stringContaining("Accept-Encoding"),
    });
    expect(app.seen).toHaveLength(1);
  });

  it("adds to the Cache-Status of caches behind it", async () => {
    const app = await serve(counting({ "Cache-Control": "max-age=60", "Cache-Status": "behind; hit" }));
    expect((await app.ask("/a")).headers["cache-status"]).toMatch(/^behind; hit, gatewatch; fwd=uri-miss/);
    expect((await app.ask("/a")).headers["cache-status"]).toMatch(/^behind; hit, gatewatch; hit/);
  });

  it("serves an Express app before its router, and confirms by its own ETags", async () => {
    const core = createCore({});
    const app = express();
    let count = 0;
    app.use(gatewatchExpress(core.probe.gatewatch));
    app.get("/a", (_asked, answer) => {
      count++;
      answer.set("Cache-Control", "public, max-age=60");
      answer.json({ name: "Mäx" });
    });
    const port = await listen(app as unknown as RequestListener);
    const ask = (headers: Record<string, string> = {}): Promise<Answer> => send(port, "/a", headers, "GET");
    const first = await ask();
    expect((await ask()).headers).toMatchObject({ "x-cache": "HIT", etag: first.headers.etag });
    expect(count).toBe(1);
    core.advance(61);
    const confirmed = await ask();
    expect(confirmed).toMatchObject({ status: 200, text: '{"name":"Mäx"}' });
    expect(confirmed.headers).toMatchObject({
      "x-cache": "REVALIDATED",
      "content-type": "application/json; charset=utf-8",
    });
    expect(count).toBe(2);
  });

  it("lets a stale answer stand in for an exception that nobody has handled", async () => {
    const core = createCore({ staleIfErrorMs: 600_000 });
    const app = express();
    let isDown = false;
    app.set("env", "test");
    app.use(gatewatchExpress(core.probe.gatewatch));
    app.get("/a", (_asked, answer) => {
      if (isDown) throw new Error("down");
      answer.set("Cache-Control", "public, max-age=60").send("good");
    });
    const port = await listen(app as unknown as RequestListener);
    await send(port, "/a", {}, "GET");
    isDown = true;
    core.advance(61);
    expect(await send(port, "/a", {}, "GET")).toMatchObject({
      status: 200,
      text: "good",
      headers: { "x-cache": "STALE" },
    });
    expect(core.layer.stats?.()).toMatchObject({ flights: 0 });
  });
});

describe("the cache in front of a fetch handler", () => {
  it("hits, confirms by the app's 304, and answers 304 itself", async () => {
    const core = createCore({});
    const asked: (string | null)[] = [];
    const handle = gatewatchFetch((request) => {
      asked.push(request.headers.get("if-none-match"));
      const headers = { "Cache-Control": "max-age=60", ETag: '"v1"', "X-Count": String(asked.length) };
      if (request.headers.get("if-none-match") === '"v1"') return new Response(null, { status: 304, headers });
      return new Response("body", { headers });
    }, core.probe.gatewatch);
    const ask = (headers: Record<string, string> = {}): Response | Promise<Response> =>
      handle(new Request("http://shop.test/a", { headers }));
    expect(await (await ask()).text()).toBe("body");
    const hit = await ask();
    expect(hit.headers.get("x-cache")).toBe("HIT");
    expect(await hit.text()).toBe("body");
    expect((await ask({ "if-none-match": '"v1"' })).status).toBe(304);
    core.advance(61);
    const confirmed = await ask();
    expect({ status: confirmed.status, text: await confirmed.text() }).toEqual({ status: 200, text: "body" });
    expect(confirmed.headers.get("x-cache")).toBe("REVALIDATED");
    expect(confirmed.headers.get("x-count")).toBe("2");
    expect(asked).toEqual([null, '"v1"']);
    expect((await ask()).headers.get("x-cache")).toBe("HIT");
  });

  it("keeps streams, and runs the handler once for many", async () => {
    const core = createCore({});
    let count = 0;
    let finish: (() => void) | undefined;
    const handle = gatewatchFetch(() => {
      count++;
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("begin"));
          finish = () => {
            controller.enqueue(new TextEncoder().encode(" end"));
            controller.close();
          };
        },
      });
      return new Response(stream, { headers: { "Cache-Control": "max-age=60" } });
    }, core.probe.gatewatch);
    const ask = async (): Promise<string> => (await handle(new Request("http://shop.test/a"))).text();
    const answers = [ask(), ask(), ask()];
    await expect.poll(() => core.layer.stats?.()["collapsed"]).toBe(2);
    finish?.();
    expect(await Promise.all(answers)).toEqual(["begin end", "begin end", "begin end"]);
    expect(count).toBe(1);
  });
});
