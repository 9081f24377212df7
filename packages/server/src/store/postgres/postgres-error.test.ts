import { describe, expect, test } from "vitest";
import { StoreError } from "../store-error.ts";
import { toStoreError } from "./postgres-error.ts";

const failure = (code: string, message = "it failed") => Object.assign(new Error(message), { code });

describe("toStoreError()", () => {
  test.each([
    ["53100", "store_disk_full"],
    ["53300", "store_unreachable"],
    ["58030", "store_io_failed"],
    ["XX001", "store_corrupt"],
    ["25006", "store_read_only"],
    ["42501", "store_unwritable"],
    ["08006", "store_unreachable"],
    ["28P01", "store_unreachable"],
    ["3D000", "store_unreachable"],
    ["57P01", "store_unreachable"],
    ["23505", "store_failed"],
    ["ECONNREFUSED", "store_unreachable"],
    ["EPIPE", "store_unreachable"],
  ])("turns %s into %s with its cause", (code, expected) => {
    const error = failure(code);
    expect(toStoreError(error)).toMatchObject({ name: "StoreError", code: expected, cause: error });
  });

  test("names the code when the message is empty", () => {
    expect(toStoreError(failure("ECONNREFUSED", ""))).toMatchObject({
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("leaves errors of others and its own as they are", () => {
    const others = new TypeError("not ours");
    const own = new StoreError("store_closed", "closed");
    expect(toStoreError(others)).toBe(others);
    expect(toStoreError(own)).toBe(own);
    expect(toStoreError("text")).toBe("text");
  });
});
