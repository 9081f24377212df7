import { beforeEach, describe, expect, it } from "vitest";
import { COUNTING_ALGORITHMS, type CounterRule, type CounterStore, type CountingAlgorithm } from "./counter-store.ts";

export interface CounterStoreUnderTest {
  store: CounterStore;
  /** Lets the store's time pass. */
  pass(ms: number): Promise<void>;
}

const MINUTE = 60_000;

/** What every counter store does, whatever it is made of. */
export function describeCounterStore(name: string, open: () => Promise<CounterStoreUnderTest>): void {
  // A scope of its own: several stores may share a file.
  describe(`counters in ${name}`, () => {
    describeInScope(open);
  });
}

function describeInScope(open: () => Promise<CounterStoreUnderTest>): void {
  let store: CounterStore;
  let pass: CounterStoreUnderTest["pass"];
  let serial = 0;
  const rule = (algorithm: CountingAlgorithm, limit = 5, changes: Partial<CounterRule> = {}): CounterRule => ({
    name: `r${serial++}`,
    algorithm,
    limit,
    windowMs: MINUTE,
    burst: limit,
    ...changes,
  });
  const take = async (counted: CounterRule, times: number, key = "k", cost = 1): Promise<number> => {
    let allowed = 0;
    for (let index = 0; index < times; index++) {
      if ((await store.consume(counted, key, cost)).allowed) allowed++;
    }
    return allowed;
  };

  beforeEach(async () => {
    ({ store, pass } = await open());
  });

  describe("every algorithm", () => {
    describe.each(COUNTING_ALGORITHMS)("%s", (algorithm) => {
      it("admits up to the limit and not one more", async () => {
        expect(await take(rule(algorithm), 20)).toBe(5);
      });

      it("tells what remains", async () => {
        const counted = rule(algorithm, 3);
        const seen: number[] = [];
        for (let index = 0; index < 4; index++) seen.push((await store.consume(counted, "k", 1)).remaining);
        expect(seen).toEqual([2, 1, 0, 0]);
      });

      it("counts keys and rules apart", async () => {
        const one = rule(algorithm);
        const other = rule(algorithm);
        await take(one, 5, "a");
        expect(await take(one, 1, "a")).toBe(0);
        expect(await take(one, 1, "b")).toBe(1);
        expect(await take(other, 1, "a")).toBe(1);
      });

      it("refuses a cost that does not fit and takes nothing for it", async () => {
        const counted = rule(algorithm, 5);
        expect((await store.consume(counted, "k", 3)).allowed).toBe(true);
        expect((await store.consume(counted, "k", 3)).allowed).toBe(false);
        expect((await store.consume(counted, "k", 2)).allowed).toBe(true);
        expect((await store.consume(counted, "k", 1)).allowed).toBe(false);
      });

      it("says that a cost above the limit never passes", async () => {
        const verdict = await store.consume(rule(algorithm, 5), "k", 6);
        expect(verdict).toMatchObject({ allowed: false, remaining: 5, retryMs: Number.POSITIVE_INFINITY });
      });

      it("admits again at the moment that retryMs names, and not a moment before", async () => {
        const counted = rule(algorithm, 4);
        await take(counted, 2);
        await pass(7_000);
        await take(counted, 2);
        const refused = await store.consume(counted, "k", 1);
        expect(refused.allowed).toBe(false);
        expect(refused.retryMs).toBeGreaterThan(0);
        await pass(Math.ceil(refused.retryMs) - 2);
        expect((await store.peek(counted, "k")).allowed).toBe(false);
        await pass(3);
        expect((await store.consume(counted, "k", 1)).allowed).toBe(true);
      });

      it("has forgotten everything at the moment that resetMs names", async () => {
        const counted = rule(algorithm, 4);
        await take(counted, 3);
        const { resetMs } = await store.peek(counted, "k");
        expect(resetMs).toBeGreaterThan(0);
        await pass(Math.ceil(resetMs) + 1);
        expect(await store.peek(counted, "k")).toMatchObject({ allowed: true, remaining: 4, resetMs: 0, retryMs: 0 });
      });

      it("looks without taking", async () => {
        const counted = rule(algorithm, 2);
        expect(await store.peek(counted, "k")).toEqual({
          allowed: true,
          remaining: 2,
          resetMs: 0,
          retryMs: 0,
          blocked: false,
        });
        await take(counted, 1);
        expect((await store.peek(counted, "k")).remaining).toBe(1);
        expect((await store.peek(counted, "k")).remaining).toBe(1);
        await take(counted, 1);
        const full = await store.peek(counted, "k");
        expect(full).toMatchObject({ allowed: false, remaining: 0 });
        expect(full.retryMs).toBeGreaterThan(0);
      });

      it("counts a penalty beyond the limit", async () => {
        const counted = rule(algorithm, 5);
        expect(await store.adjust(counted, "k", 3)).toMatchObject({ allowed: true, remaining: 2 });
        expect(await store.adjust(counted, "k", 7)).toMatchObject({ allowed: false, remaining: 0 });
        expect(await take(counted, 1)).toBe(0);
      });

      it("gives back a reward, never more than was taken", async () => {
        const counted = rule(algorithm, 5);
        await take(counted, 5);
        expect(await store.adjust(counted, "k", -2)).toMatchObject({ allowed: true, remaining: 2 });
        expect(await take(counted, 9)).toBe(2);
        await store.adjust(counted, "k", -100);
        expect(await take(counted, 9)).toBe(5);
      });

      it("owes a stranger nothing for a reward", async () => {
        const counted = rule(algorithm, 5);
        expect(await store.adjust(counted, "nobody", -3)).toMatchObject({ remaining: 5, resetMs: 0 });
        expect(await take(counted, 9, "nobody")).toBe(5);
      });

      it("forgets a key on reset, and only that one", async () => {
        const counted = rule(algorithm, 2);
        await take(counted, 2, "a");
        await take(counted, 2, "b");
        await store.reset(counted, "a");
        await store.reset(counted, "never seen");
        expect(await take(counted, 3, "a")).toBe(2);
        expect(await take(counted, 1, "b")).toBe(0);
      });

      it("refuses a blocked key under every rule until the block ends", async () => {
        const counted = rule(algorithm, 5);
        const other = rule(algorithm, 5);
        await store.block("k", 30_000);
        const refused = await store.consume(counted, "k", 1);
        expect(refused).toMatchObject({ allowed: false, blocked: true, remaining: 0 });
        expect(refused.retryMs).toBeGreaterThan(29_000);
        expect(refused.retryMs).toBeLessThanOrEqual(30_000);
        expect(await store.peek(other, "k")).toMatchObject({ allowed: false, blocked: true });
        expect(await take(counted, 1, "another")).toBe(1);
        await pass(30_001);
        expect(await take(counted, 9)).toBe(5);
      });

      it("lifts a block", async () => {
        const counted = rule(algorithm, 5);
        await store.block("k", 30_000);
        expect(await take(counted, 1)).toBe(0);
        await store.unblock("k");
        await store.unblock("never blocked");
        expect(await take(counted, 9)).toBe(5);
      });

      it("serves limits of one, large limits and large costs", async () => {
        expect(await take(rule(algorithm, 1), 3)).toBe(1);
        const large = rule(algorithm, 1_000);
        expect(await take(large, 3, "k", 400)).toBe(2);
        expect((await store.peek(large, "k")).remaining).toBe(200);
      });

      it("admits as many of many callers at once as the limit says", async () => {
        const counted = rule(algorithm, 10);
        const verdicts = await Promise.all(Array.from({ length: 100 }, async () => store.consume(counted, "k", 1)));
        expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10);
      });

      it.each([
        ["empty", ""],
        ["with braces", "a}{b"],
        ["with control characters", "a\r\nSET x y\u0000"],
        ["very long", "x".repeat(10_000)],
        ["in another script", "用户:ключ"],
        ["with a lone surrogate", "\ud800"],
        ["like a prototype's", "__proto__"],
      ])("takes a key that is %s", async (_name, key) => {
        const counted = rule(algorithm, 2);
        expect(await take(counted, 3, key)).toBe(2);
        expect(await take(counted, 1, `${key}.`)).toBe(1);
      });

      it("fills up again after a long silence, to the limit and no further", async () => {
        const counted = rule(algorithm, 3);
        await take(counted, 3);
        await pass(MINUTE * 24);
        expect(await take(counted, 9)).toBe(3);
      });
    });
  });

  describe("what tells the algorithms apart", () => {
    it("fixed-window begins with the first hit and ends as a whole", async () => {
      const counted = rule("fixed-window", 2);
      await take(counted, 1);
      await pass(50_000);
      await take(counted, 1);
      expect((await store.peek(counted, "k")).resetMs).toBeLessThanOrEqual(10_000);
      await pass(10_001);
      expect(await take(counted, 5)).toBe(2);
    });

    it("sliding-log frees each hit when it leaves the window", async () => {
      const counted = rule("sliding-log", 3);
      for (let index = 0; index < 3; index++) {
        await take(counted, 1);
        await pass(10_000);
      }
      await pass(30_001);
      expect(await take(counted, 5)).toBe(1);
      await pass(10_000);
      expect(await take(counted, 5)).toBe(1);
    });

    it("sliding-window frees hits a twentieth of the window late at most", async () => {
      const counted = rule("sliding-window", 3);
      await take(counted, 3);
      await pass(MINUTE - 1);
      expect((await store.peek(counted, "k")).allowed).toBe(false);
      await pass(MINUTE / 20 + 1);
      expect(await take(counted, 5)).toBe(3);
    });

    it.each(["sliding-window", "sliding-log"] as const)(
      "%s admits no second burst at a window's edge",
      async (algorithm) => {
        const counted = rule(algorithm, 50);
        await pass(MINUTE - 100);
        expect(await take(counted, 60)).toBe(50);
        await pass(200);
        expect(await take(counted, 60)).toBe(0);
      },
    );

    it("token-bucket refills at the rate", async () => {
      const counted = rule("token-bucket", 6);
      await take(counted, 6);
      await pass(10_001);
      expect(await take(counted, 5)).toBe(1);
      await pass(30_001);
      expect(await take(counted, 5)).toBe(3);
    });

    it("token-bucket holds a burst of its own size", async () => {
      const small = rule("token-bucket", 60, { burst: 5 });
      expect(await take(small, 20)).toBe(5);
      await pass(2_001);
      expect(await take(small, 20)).toBe(2);
      const large = rule("token-bucket", 5, { burst: 20 });
      expect(await take(large, 30)).toBe(20);
      expect((await store.peek(large, "k")).remaining).toBe(0);
    });

    it("token-bucket admits the whole burst for rates that are no round numbers", async () => {
      for (const limit of [3, 7, 11, 13, 97]) expect(await take(rule("token-bucket", limit), limit + 5)).toBe(limit);
    });
  });
}
