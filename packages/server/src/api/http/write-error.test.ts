import { describe, expect, test } from "vitest";
import { StoreError } from "../../store/store-error.ts";
import { toErrorAnswer } from "./write-error.ts";

describe("toErrorAnswer()", () => {
  test("tells that the store is away as a matter of time, not as a fault of the server", () => {
    const answer = toErrorAnswer(new StoreError("store_unreachable", "connect to 10.0.0.5 failed"), "r-1");
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "5" }, ours: true });
    expect(answer.body.error).toMatchObject({ code: "unavailable", requestId: "r-1" });
    expect(JSON.stringify(answer.body)).not.toContain("10.0.0.5");
  });

  test("keeps a damaged store a fault of the server", () => {
    expect(toErrorAnswer(new StoreError("store_corrupt", "a page"), "r-1")).toMatchObject({ status: 500, ours: true });
  });
});
