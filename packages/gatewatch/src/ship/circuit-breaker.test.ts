import { describe, expect, test } from "vitest";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";

function setUp(): { breaker: CircuitBreaker; pass(ms: number): void } {
  let now = 0;
  const breaker = createCircuitBreaker({ now: () => now, random: () => 1, backoffMs: 500, maxBackoffMs: 4_000 });
  return { breaker, pass: (ms) => void (now += ms) };
}

describe("createCircuitBreaker()", () => {
  test("opens at the first failure, doubles up to the ceiling, and closes at a success", () => {
    const { breaker, pass } = setUp();
    let at = 0;
    for (const delay of [500, 1_000, 2_000, 4_000, 4_000]) {
      expect(breaker.fail()).toBe(at === 0);
      expect(breaker.state()).toBe("open");
      expect(breaker.retryAt()).toBe(at + delay);
      pass(delay);
      at += delay;
      expect(breaker.state()).toBe("half-open");
    }
    expect(breaker.succeed()).toBe(true);
    expect(breaker.succeed()).toBe(false);
    expect(breaker.state()).toBe("closed");
  });

  test("counts batches that fail together as one failure", () => {
    const { breaker } = setUp();
    for (let index = 0; index < 4; index += 1) breaker.fail();
    expect(breaker.retryAt()).toBe(500);
  });

  test("a probe ends its own waiting, but not the time that the server asked for", () => {
    const { breaker, pass } = setUp();
    breaker.fail();
    breaker.probe();
    expect(breaker.state()).toBe("half-open");
    breaker.fail(9_000);
    breaker.probe();
    expect(breaker.state()).toBe("open");
    pass(9_000);
    expect(breaker.state()).toBe("half-open");
  });
});
