import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { digestOf, isControlFlow, statusOfControlFlow } from "./next/control-flow.ts";
import { nameSegments, NEXT_VIEW } from "./next/next-view.ts";

const withDigest = (digest: unknown): Error => Object.assign(new Error("x"), { digest });

describe("what Next throws to steer itself", () => {
  it.each([
    ["NEXT_REDIRECT;replace;/login;307;", true, 307],
    ["NEXT_REDIRECT;push;/a;b;308;", true, 308],
    ["NEXT_HTTP_ERROR_FALLBACK;404", true, 404],
    ["NEXT_HTTP_ERROR_FALLBACK;401", true, 401],
    ["NEXT_NOT_FOUND", true, 404],
    ["DYNAMIC_SERVER_USAGE", true, 200],
    ["BAILOUT_TO_CLIENT_SIDE_RENDERING", true, 200],
    ["NEXT_REDIRECTED_BY_THE_APP", false, 307],
    ["3994250774", false, 200],
  ])("by its digest: %s", (digest, isFlow, status) => {
    expect(isControlFlow(withDigest(digest))).toBe(isFlow);
    expect(statusOfControlFlow(withDigest(digest))).toBe(status);
  });

  it.each([[undefined], [null], ["NEXT_REDIRECT"], [new Error("NEXT_REDIRECT")], [withDigest(404)]])(
    "is not %s",
    (thrown) => {
      expect([isControlFlow(thrown), digestOf(thrown)]).toEqual([false, undefined]);
    },
  );
});

describe("the route that Next has found", () => {
  const META = Symbol.for("NextInternalRequestMeta");
  it.each([
    [{ invokeOutput: "/items/[id]", match: { definition: { pathname: "/items/[id]" } } }, "/items/[id]"],
    [{ invokeOutput: "/old/[slug]", match: { definition: { pathname: "/_error" } } }, "/old/[slug]"],
    [{ invokeOutput: "", match: { definition: { pathname: "/_not-found" } } }, null],
    [{ match: { definition: { pathname: "/about" } } }, "/about"],
    [{ match: null }, null],
    [{}, null],
    ["something else", null],
    [undefined, null],
  ])("of %j is %s", (meta, route) => {
    expect(NEXT_VIEW.route({ [META]: meta } as unknown as IncomingMessage)).toBe(route);
  });

  it.each([
    ["/items/7", { id: "7" }, "/items/[id]"],
    ["/a/b/c", { rest: ["b", "c"] }, "/a/[...rest]"],
    ["/a%20b/x", { name: "a b" }, "/[name]/x"],
    ["/7/items/7x", { id: "7" }, "/[id]/items/7x"],
    ["/items", {}, "/items"],
    ["/items/7", { id: "" }, "/items/7"],
  ])("is named from parameters where Next tells none: %s", (path, params, template) => {
    expect(nameSegments(path, params)).toBe(template);
  });
});
