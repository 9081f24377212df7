import { describe, expect, it } from "vitest";
import { FetchHead } from "./fetch-head.ts";

function attach(response: Response, before: (head: FetchHead) => void = () => undefined): FetchHead {
  const head = new FetchHead();
  before(head);
  head.attach(response);
  return head;
}

describe("FetchHead before the app has answered", () => {
  it("keeps what layers set, which yields to the app's own", () => {
    const head = attach(new Response(null, { headers: { "x-both": "app" } }), (early) => {
      early.set("X-Both", "layer");
      early.set("X-Only", ["a", "b"]);
      early.append("Vary", "Origin");
      early.set("X-Gone", "1");
      early.remove("x-gone");
      expect([early.get("x-only"), early.has("X-BOTH"), early.has("x-gone"), early.status]).toEqual([
        "a, b",
        true,
        false,
        200,
      ]);
    });
    expect(Object.fromEntries(new Headers(head.toInit()))).toEqual({
      "x-both": "app",
      "x-only": "a, b",
      vary: "Origin",
    });
  });

  it.each([
    ["bad name", "1"],
    ["X-Split", "a\r\nSet-Cookie: x=1"],
    ["X-Nul", "a\0b"],
  ])("refuses what cannot be a header: %s", (name, value) => {
    const head = new FetchHead();
    expect(() => head.set(name, value)).toThrow(TypeError);
    expect(() => head.append(name, value)).toThrow(TypeError);
    expect([...head.entries()]).toEqual([]);
  });
});

describe("FetchHead of an answer", () => {
  it("is not touched as long as only the status is read", () => {
    const head = attach(new Response("x", { status: 201 }));
    expect([head.status, head.isChanged]).toEqual([201, false]);
    head.status = 201;
    expect(head.isChanged).toBe(false);
    head.status = 202;
    expect(head.isChanged).toBe(true);
  });

  it("changes the response itself where that is allowed, and a copy where it is not", () => {
    const own = new Response("x");
    const head = attach(own);
    head.set("X-A", "1");
    expect([own.headers.get("x-a"), head.isChanged]).toEqual(["1", false]);
    const fixed = Response.redirect("http://test/");
    const copied = attach(fixed);
    copied.set("X-A", "1");
    expect([fixed.headers.get("x-a"), copied.get("x-a"), copied.isChanged]).toEqual([null, "1", true]);
    expect(copied.get("location")).toBe("http://test/");
  });

  it("leaves alone a response that an app may hand out again", () => {
    const shared = new Response(null, { status: 204 });
    for (const id of ["1", "2"]) {
      const head = attach(shared);
      expect(head.has("X-Request-ID")).toBe(false);
      head.set("X-Request-ID", id);
      expect([head.get("x-request-id"), head.isChanged]).toEqual([id, true]);
    }
    expect([...shared.headers]).toEqual([]);
  });

  it("refuses what cannot be a header, and stays as it was", () => {
    for (const response of [new Response("x"), Response.redirect("http://test/")]) {
      const head = attach(response);
      expect(() => head.set("X-Split", "a\r\nb")).toThrow(TypeError);
      expect(head.isChanged).toBe(false);
    }
  });

  it("keeps cookies apart", () => {
    const head = attach(new Response("x"));
    head.append("Set-Cookie", "a=1; Path=/, b");
    head.append("Set-Cookie", "c=2");
    head.set("X-A", "1");
    expect([...head.entries()]).toEqual(
      expect.arrayContaining([
        ["x-a", "1"],
        ["set-cookie", ["a=1; Path=/, b", "c=2"]],
      ]),
    );
  });

  it("goes back to a mark", () => {
    const head = attach(
      new Response("x", {
        headers: [
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["x-a", "1"],
        ],
      }),
    );
    const start = head.mark();
    head.set("X-A", "2");
    head.remove("Set-Cookie");
    head.status = 500;
    const later = head.mark();
    head.append("X-New", "1");
    head.backTo(later);
    expect([head.get("x-a"), head.has("x-new"), head.status]).toEqual(["2", false, 500]);
    head.backTo(start);
    expect([head.get("x-a"), new Headers(head.toInit()).getSetCookie(), head.status]).toEqual([
      "1",
      ["a=1", "b=2"],
      200,
    ]);
  });
});
