import { afterAll, describe, expect, it } from "vitest";
import { closeCachedApps, serve, versioned } from "./cached-app-stand-in.ts";

afterAll(closeCachedApps);

describe("revalidation, RFC 9111 section 4.3", () => {
  it("asks the app by the stored validator, and answers with the stored body and the new lines", async () => {
    const { listener, state } = versioned({ "Cache-Control": "max-age=60", "X-Kept": "1" });
    const app = await serve(listener);
    await app.ask("/a");
    app.advance(61);
    const { status, text, headers } = await app.ask("/a");
    expect({ status, text }).toEqual({ status: 200, text: "body of v1" });
    expect(headers).toMatchObject({
      "x-cache": "REVALIDATED",
      "x-fresh": "yes",
      "x-kept": "1",
      "content-length": "10",
    });
    expect(headers["cache-status"]).toBe("gatewatch; fwd=stale; fwd-status=304");
    expect((await app.ask("/a")).headers).toMatchObject({ "x-cache": "HIT", "x-fresh": "yes" });
    expect(state.asked).toEqual(["undefined", '"v1"']);
  });

  it("answers 304 to a client that has what was confirmed", async () => {
    const { listener } = versioned({ "Cache-Control": "max-age=60" });
    const app = await serve(listener);
    await app.ask("/a");
    app.advance(61);
    const answer = await app.ask("/a", { "if-none-match": '"v1"' });
    expect(answer.status).toBe(304);
    expect(answer.headers).toMatchObject({ etag: '"v1"', "cache-control": "max-age=60" });
  });

  it("passes on what the app has instead, and keeps that", async () => {
    const { listener, state } = versioned({ "Cache-Control": "max-age=60" });
    const app = await serve(listener);
    await app.ask("/a");
    app.advance(61);
    state.version = "v2";
    expect((await app.ask("/a")).text).toBe("body of v2");
    expect((await app.ask("/a")).headers).toMatchObject({ "x-cache": "HIT", etag: '"v2"' });
  });

  it("gives the request back its own conditions before other layers look at it", async () => {
    const { listener, state } = versioned({ "Cache-Control": "no-cache" });
    const app = await serve(listener);
    await app.ask("/a");
    await app.ask("/a", { "if-none-match": '"other"' });
    const ended = await app.probe.waitForEnded(2);
    expect(state.asked[1]).toBe('"v1"');
    expect(ended[1]?.x.headers.get("if-none-match")).toBe('"other"');
    expect(ended[1]?.x.headers.get("if-modified-since")).toBeUndefined();
  });

  it("lets one of many confirm what is stale, and the others wait for it", async () => {
    let hold: (() => void) | undefined;
    let count = 0;
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.setHeader("ETag", '"v1"');
      if (count++ === 0) return answer.end("body");
      return void (hold = () => answer.writeHead(304).end());
    });
    await app.ask("/a");
    app.advance(61);
    const answers = Array.from({ length: 20 }, () => app.ask("/a"));
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(19);
    hold?.();
    for (const { text, status } of await Promise.all(answers))
      expect({ text, status }).toEqual({ text: "body", status: 200 });
    expect(app.seen).toHaveLength(2);
  });

  it("serves stale to all but the one that revalidates, within stale-while-revalidate", async () => {
    let hold: (() => void) | undefined;
    let count = 0;
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60, stale-while-revalidate=30");
      if (count++ === 0) return answer.end("old");
      return void (hold = () => answer.end("new"));
    });
    await app.ask("/a");
    app.advance(70);
    const first = app.ask("/a");
    await expect.poll(() => hold).toBeDefined();
    const other = await app.ask("/a");
    expect(other.text).toBe("old");
    expect(other.headers).toMatchObject({ "x-cache": "STALE", "cache-status": expect.stringContaining("hit; ttl=-") });
    hold?.();
    expect((await first).text).toBe("new");
    expect((await app.ask("/a")).text).toBe("new");
  });

  it.each([500, 502, 503, 504])("lets a stale answer stand in for a %d, within stale-if-error", async (status) => {
    let isDown = false;
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", isDown ? "no-store" : "max-age=60, stale-if-error=30");
      if (isDown) answer.setHeader("X-Failure", "secret");
      answer.statusCode = isDown ? status : 200;
      answer.write(isDown ? "a long" : "good");
      answer.end(isDown ? " failure" : "");
    });
    await app.ask("/a");
    isDown = true;
    app.advance(70);
    const answer = await app.ask("/a");
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: "good" });
    expect(answer.headers).toMatchObject({ "x-cache": "STALE", "content-length": "4" });
    expect(answer.headers["x-failure"]).toBeUndefined();
    expect(answer.headers["cache-status"]).toBe(`gatewatch; fwd=stale; fwd-status=${status}; detail=stale-if-error`);
    app.advance(30);
    expect((await app.ask("/a")).status).toBe(status);
  });

  it.each(["must-revalidate", "proxy-revalidate", "no-cache"])(
    "lets nothing stand in against %s",
    async (directive) => {
      let isDown = false;
      const app = await serve(
        (_asked, answer) => {
          answer.setHeader("Cache-Control", `max-age=60, ${directive}`);
          answer.setHeader("ETag", '"v1"');
          answer.statusCode = isDown ? 503 : 200;
          answer.end("body");
        },
        { staleIfErrorMs: 600_000 },
      );
      await app.ask("/a");
      isDown = true;
      app.advance(70);
      expect((await app.ask("/a")).status).toBe(503);
    },
  );
});
