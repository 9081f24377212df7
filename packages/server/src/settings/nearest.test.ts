import { expect, it } from "vitest";
import { nearest } from "./nearest.ts";

it("nearest() proposes a word within a few letters, and nothing further away", () => {
  expect(nearest("GATEWATCH_PROT", ["GATEWATCH_HOST", "GATEWATCH_PORT"])).toBe("GATEWATCH_PORT");
  expect(nearest("colour", ["port", "host"])).toBeUndefined();
});
