import { describe, expect, it } from "vitest";
import { createSlowLimits } from "./slow-limits.ts";

const limits = createSlowLimits(1000, {
  "/users/:id": 100,
  "GET /users/:id": 50,
  "/reports*": 5000,
  "POST /reports/daily": 9000,
  "/stream": 0,
});

describe("createSlowLimits()", () => {
  it.each([
    ["GET", "/", "/", 1000],
    ["GET", null, "/nowhere", 1000],
    ["GET", "/users/:id", "/users/7", 50],
    ["PUT", "/users/:id", "/users/7", 100],
    ["GET", null, "/reports/2026", 5000],
    ["POST", null, "/reports/daily", 9000],
    ["GET", "/reports/:day", "/reports/daily", 5000],
    ["GET", "/stream", "/stream", Number.POSITIVE_INFINITY],
  ])("%s %s at %s is slow from %d ms on", (method, route, path, ms) => {
    expect(limits.find(method, route, path)).toBe(ms);
  });

  it("knows no slow request where the limit is 0", () => {
    expect(createSlowLimits(0, null).find("GET", null, "/")).toBe(Number.POSITIVE_INFINITY);
    expect(createSlowLimits(0, { "/a": 5 }).find("GET", null, "/a")).toBe(5);
  });
});

describe("another spelling", () => {
  it.each([
    ["/stream", Number.POSITIVE_INFINITY],
    ["/Stream", 1000],
    ["/stream/", 1000],
    ["/reports/../stream", 5000],
    ["/users/7", 50],
    ["/Users/7", 50],
    ["//users/7/", 50],
    ["/reports/../users/7", 50],
    ["/REPORTS/2026", 1000],
  ])("of a path is slow as soon as one of its readings is: %s from %d ms on", (path, ms) => {
    expect(limits.find("GET", null, path)).toBe(ms);
  });
});
