import { describe, expect, it } from "vitest";
import { PlainHeaders } from "./plain-headers.ts";

/** The same calls on both. */
function play(calls: readonly (readonly ["set" | "append" | "delete", string, string?])[]): [PlainHeaders, Headers] {
  const plain = new PlainHeaders();
  const real = new Headers();
  for (const headers of [plain, real]) {
    for (const [method, name, value = ""] of calls) {
      if (method === "delete") headers.delete(name);
      else headers[method](name, value);
    }
  }
  return [plain, real];
}

describe("PlainHeaders", () => {
  it.each([
    ["nothing", []],
    ["one header", [["set", "X-A", "1"]]],
    ["the last of several", [["set", "X-A", "1"], ["set", "x-a", "2"]]], // prettier-ignore
    ["a list", [["append", "Vary", "a"], ["append", "vary", "b"]]], // prettier-ignore
    ["cookies", [["append", "Set-Cookie", "a=1, b"], ["append", "set-cookie", "c=2"]]], // prettier-ignore
    ["a deletion", [["set", "X-A", "1"], ["delete", "x-A"], ["append", "X-B", "1"]]], // prettier-ignore
    ["Latin-1", [["set", "X-A", "caf\u00e9\ta"]]],
    ["an empty value", [["set", "X-A", ""]]],
  ] as const)("holds what Headers holds: %s", (_name, calls) => {
    const [plain, real] = play(calls);
    for (const name of ["x-a", "X-B", "vary", "set-cookie", "x-none"]) {
      expect([name, plain.get(name), plain.has(name)]).toEqual([name, real.get(name), real.has(name)]);
    }
    expect(plain.getSetCookie()).toEqual(real.getSetCookie());
    expect([...new Headers(plain.toInit())]).toEqual([...real]);
  });

  it.each([
    ["bad name", "1"],
    ["", "1"],
    ["n\u00e4me", "1"],
    ["X-A:", "1"],
    ["X-A", "a\r\nX-B: 1"],
    ["X-A", "a\nb"],
    ["X-A", "a\0"],
    ["X-A", "\u2028"],
    ["X-A", "\u007f"],
  ])("refuses %j: %j", (name, value) => {
    const headers = new PlainHeaders();
    expect(() => headers.set(name, value)).toThrow(TypeError);
    expect(() => headers.append(name, value)).toThrow(TypeError);
    expect([[...headers], headers.isChanged]).toEqual([[], false]);
  });

  it("keeps order and spelling, and knows whether it was changed", () => {
    const headers = new PlainHeaders({ "Content-Type": "text/plain", "x-b": "1" });
    headers.delete("x-none");
    expect(headers.isChanged).toBe(false);
    headers.setAbsent("content-type", "Content-Type", "text/html");
    expect(headers.isChanged).toBe(false);
    headers.setAbsent("x-a", "X-A", "2");
    expect([headers.isChanged, headers.toInit()]).toEqual([
      true,
      { "Content-Type": "text/plain", "x-b": "1", "X-A": "2" },
    ]);
  });
});
