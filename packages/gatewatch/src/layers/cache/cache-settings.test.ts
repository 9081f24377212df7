import { afterAll, describe, expect, it } from "vitest";
import { closeCachedApps, counting, serve } from "./cached-app-stand-in.ts";

afterAll(closeCachedApps);

describe("settings", () => {
  const rule = { ttlMs: 60_000, staleWhileRevalidateMs: 0, ignoreCookies: false };

  it("keep answers of paths whose app says nothing, and never longer than they say", async () => {
    const app = await serve(counting({}), { routes: { "/products*": rule } });
    await app.ask("/products/1");
    expect((await app.ask("/products/1")).text).toBe("answer 1");
    expect((await app.ask("/products/1", { cookie: "a=b" })).text).toBe("answer 2");
    app.advance(60);
    expect((await app.ask("/products/1")).text).toBe("answer 3");
    await app.ask("/other");
    expect((await app.ask("/other")).headers["x-cache"]).toBe("MISS");
  });

  it("let cookies be where a path says so", async () => {
    const app = await serve(counting({}), { routes: { "/": { ...rule, ignoreCookies: true } } });
    await app.ask("/", { cookie: "a=b" });
    expect((await app.ask("/", { cookie: "a=c" })).text).toBe("answer 1");
  });

  it("leave paths out", async () => {
    const app = await serve(counting(), { skip: ["/live*"] });
    for (const path of ["/live/1", "/Live/1", "//live/1", "/%6cive/1", "/x/..%2flive/1"]) {
      await app.ask(path);
      expect((await app.ask(path)).headers).toMatchObject({
        "x-cache": "BYPASS",
        "cache-status": "gatewatch; fwd=bypass; detail=skipped",
      });
    }
  });

  it("tell telephones from computers", async () => {
    const app = await serve(
      (asked, answer) => {
        answer.setHeader("Cache-Control", "max-age=60");
        answer.end(String(asked.headers["user-agent"]));
      },
      { byDevice: true },
    );
    const phone = "Mozilla/5.0 (Linux; Android 15) Mobile";
    expect((await app.ask("/a", { "user-agent": "Mozilla/5.0 (X11)" })).text).toContain("X11");
    expect((await app.ask("/a", { "user-agent": phone })).text).toBe(phone);
    expect((await app.ask("/a", { "user-agent": `${phone} 2` })).text).toBe(phone);
  });

  it("hand Set-Cookie to everybody only where it is public and configured", async () => {
    const app = await serve(counting({ "Cache-Control": "public, max-age=60", "Set-Cookie": ["a=1", "b=2"] }), {
      storeSetCookie: true,
    });
    await app.ask("/a");
    expect((await app.ask("/a")).headers).toMatchObject({ "x-cache": "HIT", "set-cookie": ["a=1", "b=2"] });
  });

  it.each([
    [{ "cache-control": "no-cache" }, "answer 2"],
    [{ "cache-control": "max-age=0" }, "answer 2"],
    [{ pragma: "no-cache" }, "answer 2"],
    [{ "cache-control": "no-store" }, "answer 2"],
    [{ "cache-control": "max-age=5" }, "answer 2"],
    [{ "cache-control": "min-fresh=55" }, "answer 2"],
    [{ "cache-control": "max-age=30" }, "answer 1"],
    [{ "cache-control": "only-if-cached" }, "answer 1"],
    [{ "cache-control": "nothing-to-see" }, "answer 1"],
  ])("heed a request's %j", async (headers, text) => {
    const app = await serve(counting());
    await app.ask("/a");
    app.advance(10);
    expect((await app.ask("/a", headers as unknown as Record<string, string>)).text).toBe(text);
  });

  it("let reloads be answered from the store", async () => {
    const app = await serve(counting(), { heedRequests: false });
    await app.ask("/a");
    expect((await app.ask("/a", { "cache-control": "no-cache" })).text).toBe("answer 1");
  });

  it("answer 504 to only-if-cached when there is nothing", async () => {
    const app = await serve(counting());
    expect((await app.ask("/a", { "cache-control": "only-if-cached" })).status).toBe(504);
    expect(app.seen).toEqual([]);
  });

  it("keep no body that is too long, whether its length is told or not", async () => {
    const app = await serve(
      (asked, answer) => {
        answer.setHeader("Cache-Control", "max-age=60");
        if (asked.url === "/told") answer.setHeader("Content-Length", "2000");
        answer.write("x".repeat(1000));
        answer.end("x".repeat(1000));
      },
      { maxEntryBytes: 1500 },
    );
    for (const path of ["/told", "/untold"]) {
      await app.ask(path);
      expect((await app.ask(path)).headers["x-cache"]).toBe("MISS");
    }
    expect(app.layer.stats?.()).toMatchObject({ entries: 0 });
  });
});
