import { expect, it } from "vitest";
import { unpackInTurn } from "./unpack-in-turn.ts";

it("unpackInTurn() runs four at once, and those that fail hand their place on", async () => {
  let running = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      unpackInTurn(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (index % 3 === 0) throw new Error("broken");
        return Buffer.alloc(index);
      }),
    ),
  );
  expect(most).toBe(4);
  expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual(outcomes.map((_, index) => index % 3 !== 0));
  const after = await unpackInTurn(async () => Buffer.from("next"));
  expect(after.toString()).toBe("next");
});
