import { describe, expect, it } from "vitest";
import type { Shared } from "../model/shared.ts";

/** What every implementation of `Shared` does. `advance` moves its clock. */
export function sharedContract(name: string, open: () => Promise<{ shared: Shared; advance(ms: number): void }>): void {
  describe(`Shared: ${name}`, () => {
    it("takeTokens() grants up to the capacity, then names the wait", async () => {
      const { shared, advance } = await open();
      for (let i = 0; i < 5; i++) expect(await shared.takeTokens("a", 1, 5, 10)).toEqual({ ok: true, left: 4 - i });
      expect(await shared.takeTokens("a", 1, 5, 10)).toEqual({ ok: false, retryAfterMs: 100 });
      advance(100);
      expect(await shared.takeTokens("a", 1, 5, 10)).toEqual({ ok: true, left: 0 });
      await shared.close();
    });

    it("takeTokens() keeps keys apart and never fills above the capacity", async () => {
      const { shared, advance } = await open();
      expect(await shared.takeTokens("a", 5, 5, 1)).toEqual({ ok: true, left: 0 });
      expect(await shared.takeTokens("b", 5, 5, 1)).toEqual({ ok: true, left: 0 });
      advance(1_000_000);
      expect(await shared.takeTokens("a", 5, 5, 1)).toEqual({ ok: true, left: 0 });
      expect((await shared.takeTokens("a", 1, 5, 1)).ok).toBe(false);
      await shared.close();
    });

    it("withLock() lets one holder work and frees the key when it ends, also by an error", async () => {
      const { shared } = await open();
      let release = (): void => undefined;
      const first = shared.withLock(
        "job",
        60_000,
        () => new Promise<string>((done) => (release = () => done("first"))),
      );
      expect(await shared.withLock("job", 60_000, async () => "second")).toBeUndefined();
      release();
      expect(await first).toBe("first");
      await expect(shared.withLock("job", 60_000, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
      expect(await shared.withLock("job", 60_000, async () => "third")).toBe("third");
      await shared.close();
    });

    it("withLock() passes a lease on after its end", async () => {
      const { shared, advance } = await open();
      let release = (): void => undefined;
      const stuck = shared.withLock("job", 1000, () => new Promise<void>((done) => (release = done)));
      advance(1001);
      expect(await shared.withLock("job", 1000, async () => "next")).toBe("next");
      release();
      await stuck;
      await shared.close();
    });

    it("publish() reaches the listeners of its topic until they leave", async () => {
      const { shared } = await open();
      const seen: unknown[] = [];
      const leave = shared.subscribe("t", (message) => seen.push(message));
      shared.publish("t", 1);
      shared.publish("other", 2);
      leave();
      shared.publish("t", 3);
      expect(seen).toEqual([1]);
      await shared.close();
    });
  });
}
