import { request } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import type { Found, ResponseAddress, ResponseStore } from "../../state/response-store.ts";
import { closeCachedApps, serve } from "./cached-app-stand-in.ts";

afterAll(closeCachedApps);

describe("requests that wait for another", () => {
  it("run themselves when the answer is for nobody else, as soon as its head tells", async () => {
    const begun: { head(): void; end(): void }[] = [];
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "private");
      begun.push({ head: () => void answer.write("mine"), end: () => void answer.end() });
    });
    const answers = [app.ask("/a"), app.ask("/a"), app.ask("/a")];
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(2);
    expect(begun).toHaveLength(1);
    begun[0]?.head();
    await expect.poll(() => begun.length).toBe(3);
    answers.push(app.ask("/a"), app.ask("/a"));
    await expect.poll(() => begun.length).toBe(5);
    for (const { end } of begun) end();
    await Promise.all(answers);
    expect(app.layer.stats?.()).toMatchObject({ collapsed: 2, flights: 0 });
  });

  it("go on by themselves when their patience is over", async () => {
    const finish: (() => void)[] = [];
    const app = await serve(
      (_asked, answer) => {
        answer.setHeader("Cache-Control", "max-age=60");
        finish.push(() => answer.end("late"));
      },
      { waitMs: 20 },
    );
    const answers = [app.ask("/a"), app.ask("/a")];
    await expect.poll(() => finish.length).toBe(2);
    for (const end of finish) end();
    await Promise.all(answers);
    expect(app.layer.stats?.()).toMatchObject({ waitsOver: 1, flights: 0 });
  });

  it("take over when the one that they wait for goes away", async () => {
    const finish: (() => void)[] = [];
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      finish.push(() => answer.end("one"));
    });
    const leaving = request({ host: "127.0.0.1", port: app.port, path: "/a", headers: { host: "shop.test" } });
    leaving.on("error", () => undefined);
    leaving.end();
    await expect.poll(() => finish.length).toBe(1);
    const waiting = [app.ask("/a"), app.ask("/a"), app.ask("/a")];
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(3);
    leaving.destroy();
    await expect.poll(() => finish.length).toBe(2);
    finish[1]?.();
    expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(["one", "one", "one"]);
    expect(app.layer.stats?.()).toMatchObject({ flights: 0 });
  });

  it("never reach the app when their own client leaves meanwhile", async () => {
    let finish: (() => void) | undefined;
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "private");
      if (asked.url === "/b") answer.end("two");
      else finish = () => void answer.end("one");
    });
    const first = app.ask("/a");
    await expect.poll(() => finish).toBeDefined();
    const leaving = request({ host: "127.0.0.1", port: app.port, path: "/a", headers: { host: "shop.test" } });
    leaving.on("error", () => undefined);
    leaving.end();
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(1);
    leaving.destroy();
    await expect.poll(() => app.layer.stats?.()["left"]).toBe(1);
    finish?.();
    await first;
    await app.ask("/b");
    expect(app.seen).toEqual(["GET /a", "GET /b"]);
    expect(app.layer.stats?.()).toMatchObject({ flights: 0, waitsOver: 0 });
  });

  it("never reach the app when their client leaves while a store is asked", async () => {
    const answers: (() => void)[] = [];
    const app = await serve(
      (_asked, answer) => {
        answer.setHeader("Cache-Control", "max-age=60");
        answer.end("one");
      },
      {
        wrapStore: (store) =>
          Object.create(store, {
            lookup: {
              value: async (address: ResponseAddress): Promise<Found> => {
                await new Promise<void>((resolve) => answers.push(resolve));
                return store.lookup(address);
              },
            },
            put: { value: store.put.bind(store) },
            stats: { value: () => store.stats() },
          }) as ResponseStore,
      },
    );
    const leaving = request({ host: "127.0.0.1", port: app.port, path: "/a", headers: { host: "shop.test" } });
    leaving.on("error", () => undefined);
    leaving.end();
    await expect.poll(() => answers.length).toBe(1);
    leaving.destroy();
    await expect.poll(() => app.layer.stats?.()["left"]).toBe(1);
    answers[0]?.();
    const next = app.ask("/a");
    await expect.poll(() => answers.length).toBe(2);
    answers[1]?.();
    expect((await next).text).toBe("one");
    expect(app.seen).toEqual(["GET /a"]);
    expect(app.layer.stats?.()).toMatchObject({ flights: 0 });
  });

  it("get the stale answer that stood in for an error", async () => {
    let fail: (() => void) | undefined;
    let isDown = false;
    const app = await serve((_asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60, stale-if-error=600");
      if (!isDown) return answer.end("good");
      return void (fail = () => answer.writeHead(503).end());
    });
    await app.ask("/a");
    isDown = true;
    app.advance(61);
    const answers = [app.ask("/a"), app.ask("/a")];
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(1);
    fail?.();
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(["good", "good"]);
    expect(app.seen).toHaveLength(2);
  });

  it("take only what fits their own variant", async () => {
    let finish: (() => void) | undefined;
    const app = await serve((asked, answer) => {
      answer.setHeader("Cache-Control", "max-age=60");
      answer.setHeader("Vary", "X-Kind");
      const end = (): void => void answer.end(String(asked.headers["x-kind"]));
      if (finish === undefined) finish = end;
      else end();
    });
    const first = app.ask("/a", { "x-kind": "one" });
    await expect.poll(() => finish).toBeDefined();
    const second = app.ask("/a", { "x-kind": "two" });
    await expect.poll(() => app.layer.stats?.()["collapsed"]).toBe(1);
    finish?.();
    expect([(await first).text, (await second).text]).toEqual(["one", "two"]);
  });
});
