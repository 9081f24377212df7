import { describe, expect, it } from "vitest";
import { parameteriseMessage } from "./parameterise-message.ts";

describe("parameteriseMessage()", () => {
  it.each([
    ["user ada@example.org not found", "user <email> not found"],
    ["GET https://example.org/a?b=1 failed", "GET <url> failed"],
    ["no row 550e8400-e29b-41d4-a716-446655440000", "no row <uuid>"],
    ["peer 203.0.113.9 and ::1 and fe80::1:2", "peer <ip> and <ip> and <ip>"],
    ["commit 3f2a1b9c4d at 0xDEADBEEF", "commit <hash> at <hex>"],
    ["at 2026-11-20T10:00:00.123Z or 2026-11-20", "at <date> or <date>"],
    ["after 30ms, 1.5s and 3 minutes", "after <duration>, <duration> and <duration>"],
    ["paid 12.50 of -7 for order-42", "paid <float> of <int> for order-<int>"],
    ["name='ada' admin=true", "name=<assigned> admin=<assigned>"],
    ["Cannot read properties of undefined (reading 'id')", "Cannot read properties of undefined (reading 'id')"],
    ["Cart::total has no sha1 or utf8 for Http2", "Cart::total has no sha1 or utf8 for Http2"],
    ["  first \n\n second\tline \nthird", "first\nsecond line..."],
  ])("turns %j into %j", (message, template) => {
    expect(parameteriseMessage(message)).toBe(template);
  });

  it("reads a bounded part of a hostile message", () => {
    for (const unit of ["a@", "1:", "0-", '="', "://", "1.", "f0", "::", " s"])
      expect(parameteriseMessage(unit.repeat(200_000)).length).toBeLessThan(8_000);
  });
});
