import { describe, expect, it } from "vitest";
import { nameFunction } from "./name-function.ts";
import { nameSource } from "./name-source.ts";

describe("nameSource()", () => {
  it.each([
    ["../../src/cart.ts", "~/assets/js/app.js.map", "src/cart.ts"],
    ["../src/cart.ts", "~/app.js.map", "src/cart.ts"],
    ["src/cart.ts", "~/assets/app.js.map", "assets/src/cart.ts"],
    ["../src/cart.ts", "https://shop.example/assets/app.js.map?v=1", "src/cart.ts"],
    ["webpack://shop/./src/cart.ts?3f2a", "~/app.js.map", "src/cart.ts"],
    ["webpack:///./src/cart.ts", "~/app.js.map", "src/cart.ts"],
    ["webpack://_N_E/(app-pages-browser)/./app/page.tsx", "~/app.js.map", "app/page.tsx"],
    ["turbopack:///[project]/src/cart.ts", "~/app.js.map", "src/cart.ts"],
    ["webpack://shop/../node_modules/react/index.js", "~/app.js.map", "node_modules/react/index.js"],
    ["/srv/shop/src/cart.ts", "~/app.js.map", "/srv/shop/src/cart.ts"],
    ["file:///srv/shop/src/cart.ts", "~/app.js.map", "/srv/shop/src/cart.ts"],
    ["src\\cart.ts", "~/app.js.map", "src/cart.ts"],
    ["", "~/app.js.map", "<unknown>"],
    ["\0virtual", "~/app.js.map", "\uFFFDvirtual"],
  ])("%j in %s is %s", (source, map, name) => expect(nameSource(source, map)).toBe(name));
});

describe("nameFunction()", () => {
  it.each([
    ["checkOut", null, "checkOut"],
    ["t.handleClick", "other", "handleClick"],
    ["Cart.total", null, "Cart.total"],
    ["async Object.e", "totalOfCart", "totalOfCart"],
    ["e", "totalOfCart", "totalOfCart"],
    [undefined, "totalOfCart", "totalOfCart"],
    ["e", null, undefined],
    ["new e", "not a name", undefined],
  ])("%s, called %s by its caller, is %s", (given, callee, name) => expect(nameFunction(given, callee)).toBe(name));
});
