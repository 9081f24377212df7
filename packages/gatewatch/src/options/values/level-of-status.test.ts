import { describe, expect, it } from "vitest";
import { compileLevels } from "./level-of-status.ts";

describe("compileLevels()", () => {
  it.each([
    [200, false, "info"],
    [204, false, "info"],
    [301, false, "info"],
    [304, false, "info"],
    [399, false, "info"],
    [400, false, "warn"],
    [401, false, "warn"],
    [404, false, "warn"],
    [429, false, "warn"],
    [499, true, "warn"],
    [200, true, "warn"],
    [500, false, "error"],
    [503, true, "error"],
    [599, false, "error"],
  ])("without a table %i (aborted: %s) is at %s", (status, aborted, level) => {
    expect(compileLevels(null)(status, aborted)).toBe(level);
  });

  const levelOf = compileLevels({
    "404": "debug",
    "4xx": "info",
    "400-403": "error",
    "3xx": "silent",
    aborted: "fatal",
  });
  it.each([
    [200, false, "info"],
    [302, false, undefined],
    [400, false, "error"],
    [404, false, "debug"],
    [410, false, "info"],
    [500, false, "error"],
    [404, true, "fatal"],
    [302, true, "fatal"],
  ])("by its table %i (aborted: %s) is at %s", (status, aborted, level) => {
    expect(levelOf(status, aborted)).toBe(level);
  });
});
