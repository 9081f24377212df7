import { afterAll, describe, expect, it } from "vitest";
import { closeCachedApps, counting, serve } from "./cached-app-stand-in.ts";

afterAll(closeCachedApps);

describe("what takes answers out", () => {
  it.each(["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"])("a %s that succeeds", async (method) => {
    const app = await serve(counting());
    await app.ask("/a?x=1");
    await app.ask("/a?x=1", {}, method, "x");
    expect((await app.ask("/a?x=1")).text).toBe("answer 3");
  });

  it.each(["OPTIONS", "PROPFIND", "QUERY"])("not a %s", async (method) => {
    const app = await serve(counting());
    await app.ask("/a");
    await app.ask("/a", {}, method);
    expect((await app.ask("/a")).text).toBe("answer 1");
  });

  it.each([
    ["Location", "/b", true],
    ["Content-Location", "b", true],
    ["Location", "http://shop.test/b", true],
    ["Location", "http://other.test/b", false],
    ["Location", "https://shop.test/b", false],
    ["Location", "http://[", false],
  ])("an unsafe request for another resource with %s: %s", async (name, target, isGone) => {
    const app = await serve((asked, answer) => {
      if (asked.method === "POST") answer.setHeader(name, target);
      else answer.setHeader("Cache-Control", "max-age=60");
      answer.end("x");
    });
    await app.ask("/b");
    await app.ask("/a", {}, "POST", "x");
    expect((await app.ask("/b")).headers["x-cache"]).toBe(isGone ? "MISS" : "HIT");
  });

  it("no unsafe request that fails", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.statusCode = asked.method === "POST" ? 422 : 200;
      answer.end("x");
    });
    await app.ask("/a");
    await app.ask("/a", {}, "POST", "x");
    expect((await app.ask("/a")).headers["x-cache"]).toBe("HIT");
  });

  it("an unsafe request also where an older answer is still on its way", async () => {
    const finish: (() => void)[] = [];
    const app = await serve((asked, answer) => {
      if (asked.method === "POST") return answer.end("done");
      answer.setHeader("Cache-Control", "max-age=60");
      return void finish.push(() => answer.end(`read ${finish.length}`));
    });
    const old = app.ask("/a");
    await expect.poll(() => finish.length).toBe(1);
    await app.ask("/a", {}, "POST", "x");
    finish[0]?.();
    await old;
    const next = app.ask("/a");
    await expect.poll(() => finish.length).toBe(2);
    finish[1]?.();
    expect((await next).headers["x-cache"]).toBe("MISS");
  });

  it("a purge by tag, path, prefix, address, or of everything; and nobody sees the tags", async () => {
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      if (asked.url === "/shoes/1") answer.setHeader("Cache-Tag", "shoes, item-1");
      if (asked.url === "/shoes/2") answer.setHeader("Surrogate-Key", "shoes item-2");
      answer.end("x");
    });
    const paths = ["/shoes/1", "/shoes/2", "/hats"];
    const fill = async (): Promise<string[]> => {
      const gone: string[] = [];
      for (const path of paths) {
        const { headers } = await app.ask(path);
        expect(headers["cache-tag"] ?? headers["surrogate-key"]).toBeUndefined();
        if (headers["x-cache"] === "MISS") gone.push(path);
      }
      return gone;
    };
    expect(await fill()).toEqual(paths);
    expect(await fill()).toEqual([]);
    await app.purges.purgeTag("item-2");
    expect(await fill()).toEqual(["/shoes/2"]);
    await app.purges.purgeTag("shoes", "item-1");
    expect(await fill()).toEqual(["/shoes/1", "/shoes/2"]);
    await app.purges.purgePath("/hats");
    expect(await fill()).toEqual(["/hats"]);
    await app.purges.purgePath("/shoes/*");
    expect(await fill()).toEqual(["/shoes/1", "/shoes/2"]);
    await app.purges.purgeUrl("http://shop.test/hats");
    expect(await fill()).toEqual(["/hats"]);
    await app.purges.purgeAll();
    expect(await fill()).toEqual(paths);
    await expect(app.purges.purgePath("hats")).rejects.toThrow(TypeError);
    await expect(app.purges.purgeUrl("/hats")).rejects.toThrow(TypeError);
  });
});
