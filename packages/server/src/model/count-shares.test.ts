import { describe, expect, test } from "vitest";
import type { ErrorEvent } from "@gatewatch/protocol";
import { countShares, SHARE_NAMES, type SharedEvent } from "./count-shares.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";

function stored(release: string | null, changes: Partial<ErrorEvent> = {}): SharedEvent {
  const event: ErrorEvent = {
    type: "error",
    id: "e",
    time: 0,
    level: "error",
    handled: true,
    mechanism: "capture",
    exceptions: [],
    request: { method: "GET", url: "/a", route: "/a", status: 500, userAgent: CHROME },
    user: { id: "u1", authenticated: true },
    ...changes,
  } as ErrorEvent;
  return { event, release, environment: "production", host: "web-1" };
}

describe("countShares()", () => {
  test("has one name for each thing, as the page's anchors and the explanations use it", () => {
    expect(countShares([stored("1.0")]).map(({ name, values }) => [name, values[0]!.value])).toEqual([
      ["route", "GET /a"],
      ["release", "1.0"],
      ["environment", "production"],
      ["host", "web-1"],
      ["status", "500"],
      ["client", "Chrome"],
      ["signedIn", "yes"],
      ["user", "u1"],
    ]);
    expect(SHARE_NAMES.every((name) => /^[a-zA-Z]+$/.test(name))).toBe(true);
  });

  test("weighs an event that stands for several, and gives parts of all events, those without the value too", () => {
    const shares = countShares([stored("1.0", { count: 3 }), stored("1.1"), stored(null, { count: 4 })]);
    expect(shares.find(({ name }) => name === "release")?.values).toEqual([
      { value: "1.0", count: 3, share: 3 / 8 },
      { value: "1.1", count: 1, share: 1 / 8 },
    ]);
  });

  test("leaves out what no event has", () => {
    expect(countShares([])).toEqual([]);
  });
});
