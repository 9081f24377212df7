import { expect, it } from "vitest";
import { boundEvent } from "./bound-event.ts";

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));

it("boundEvent() gives a small event back as it is", () => {
  const event = { type: "payment", items: [{ price: 1 }], at: new Date(0), bytes: new Uint8Array(1e6), none: null };
  expect(boundEvent(event)).toBe(event);
});

it("boundEvent() copies the beginning of a large one, and reads no more of it", () => {
  const wide = boundEvent({ first: 1, ...many(5_000) });
  expect(Object.keys(wide)).toHaveLength(1_000);
  expect(wide).toMatchObject({ first: 1, k0: 0 });
  expect(boundEvent({ text: "x".repeat(100_000), n: 1 })).toEqual({ text: "x".repeat(16_384), n: 1 });
  const sparse: unknown[] = [];
  sparse.length = 4_000_000_000;
  expect((boundEvent({ sparse }) as { sparse: unknown[] }).sparse.length).toBeLessThan(1_001);
});

it("boundEvent() ends for what has no end", () => {
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic["self"] = cyclic;
  expect(JSON.stringify(boundEvent(cyclic)).length).toBeLessThan(500);
  const knot: unknown[] = [];
  for (let index = 0; index < 50; index++) knot.push(knot);
  expect(JSON.stringify(boundEvent({ knot })).length).toBeLessThan(10_000);
});

it("boundEvent() keeps names of the prototype plain", () => {
  const event = JSON.parse(`{"__proto__":{"polluted":1},"text":"${"x".repeat(20_000)}"}`) as object;
  const bounded = boundEvent(event);
  expect(Object.keys(bounded)).toEqual(["__proto__", "text"]);
  expect(Object.getPrototypeOf(bounded)).toBe(Object.prototype);
});
