import { describe, expect, it } from "vitest";
import type { Exchange } from "../../gate/exchange.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { type KeySettings, nameTarget, overridesMethod, RequestAddress } from "./address-request.ts";

const PLAIN: KeySettings = { keyHeaders: [], byDevice: false };
const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148";
const COMPUTER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130";

function address(
  headers: Record<string, string> = {},
  { url = "/a?b=1", settings = PLAIN, ...more }: { url?: string; settings?: KeySettings } & Partial<Exchange> = {},
): RequestAddress {
  return new RequestAddress({ ...createExchangeStandIn({ url, headers }), ...more }, settings);
}

describe("what a resource is", () => {
  it.each([
    ["/a?b=1", "/a?b=1", true],
    ["/a?b=1", "/a?b=2", false],
    ["/a?b=1&c=2", "/a?c=2&b=1", false],
    ["/a", "/a/", false],
    ["/a", "/A", false],
    ["/%61", "/a", false],
    ["/a%2Fb", "/a/b", false],
    ["/%e2", "/%E2", false],
    ["/a", "/a?", false],
    ["/a", "/a#x", false],
    ["//a", "/a", false],
    ["/a/../b", "/b", false],
    ["/account", "/account/x.css", false],
    ["/account", "/account;x.css", false],
    ["/a", "http://shop.test/a", false],
  ])("%s and %s are one: %s", (first, second, isOne) => {
    expect(address({}, { url: first }).resource === address({}, { url: second }).resource).toBe(isOne);
  });

  it("differs by scheme and host, and not by the host's spelling", () => {
    const plain = address().resource;
    expect(address({}, { scheme: "https" }).resource).not.toBe(plain);
    expect(address({}, { host: "other.test" }).resource).not.toBe(plain);
    expect(address({}, { host: "shop.test:8080" }).resource).not.toBe(plain);
    expect(address({}, { host: "SHOP.test" }).resource).toBe(plain);
  });

  it.each([
    ["http://shop.test/a?b=1", "http://shop.test/a?b=1"],
    ["HTTP://SHOP.test", "http://shop.test/"],
    ["http://shop.test?x=1", "http://shop.test/?x=1"],
    ["https://shop.test:8443/%61#part", "https://shop.test:8443/%61"],
  ])("is named by the address %s", (url, resource) => {
    expect(nameTarget(url)).toBe(resource);
  });

  it.each([["/a"], ["shop.test/a"], ["ftp://shop.test/"], [""]])("is not named by %j", (url) => {
    expect(() => nameTarget(url)).toThrow(TypeError);
  });
});

describe("what a variant is", () => {
  const foo = ["foo"];
  it.each<[readonly string[], Record<string, string>, Record<string, string>, boolean]>([
    [[], {}, { foo: "1" }, true],
    [foo, { foo: "1" }, { foo: "1", other: "2" }, true],
    [foo, { foo: "1" }, { foo: "2" }, false],
    [foo, { foo: "1" }, {}, false],
    [foo, {}, {}, true],
    [foo, { foo: "1,2" }, { foo: " 1, 2 " }, true],
    [foo, { foo: "1,2" }, { foo: "2,1" }, false],
    [foo, { foo: "a  b" }, { foo: "a b" }, true],
    [foo, { foo: '"a  b"' }, { foo: '"a b"' }, false],
    [foo, { foo: "A" }, { foo: "a" }, false],
    [["bar", "foo"], { foo: "1", bar: "2" }, { foo: "2", bar: "1" }, false],
    [["bar", "foo"], { foo: "1" }, { bar: "1" }, false],
    [["accept-language"], { "accept-language": "en, de" }, { "accept-language": "de, en" }, true],
    [["accept-language"], { "accept-language": "en, de" }, { "accept-language": "eN,De" }, true],
    [["accept-language"], { "accept-language": "en, de;q=0.5" }, { "accept-language": "de;q=0.5,en" }, true],
    [["accept-language"], { "accept-language": "en, de;q=0.5" }, { "accept-language": "en;q=0.5, de" }, false],
    [["accept-language"], { "accept-language": "en;q=0" }, {}, false],
    [["accept-encoding"], { "accept-encoding": "gzip, br" }, { "accept-encoding": "br,gzip" }, true],
    [["accept-encoding"], { "accept-encoding": "gzip, x-odd" }, { "accept-encoding": "gzip" }, true],
    [["accept-encoding"], { "accept-encoding": "gzip" }, { "accept-encoding": "br" }, false],
    [["accept-encoding"], { "accept-encoding": "gzip;q=0" }, { "accept-encoding": "gzip" }, false],
    [["accept"], { accept: "text/html, text/plain;q=0.5" }, { accept: "text/plain;q=0.5,text/html" }, true],
    [["accept"], { accept: "text/html;level=1" }, { accept: "text/html" }, false],
    [["cookie"], { cookie: "a=1" }, { cookie: "a=2" }, false],
    [["origin"], { origin: "https://a.test" }, { origin: "https://b.test" }, false],
  ])("by %j, %j and %j are one: %s", (vary, first, second, isOne) => {
    expect(address(first).variantOf(vary) === address(second).variantOf(vary)).toBe(isOne);
  });

  it.each([
    ["x-forwarded-host", "evil.test"],
    ["x-forwarded-proto", "https"],
    ["x-forwarded-scheme", "https"],
    ["x-forwarded-port", "1"],
    ["x-forwarded-prefix", "/evil"],
    ["x-forwarded-server", "evil"],
    ["x-host", "evil.test"],
    ["x-http-host-override", "evil.test"],
    ["x-original-url", "/admin"],
    ["x-rewrite-url", "/admin"],
    ["front-end-https", "on"],
    ["forwarded", "host=evil.test"],
    ["x-envoy-original-path", "/admin"],
    ["x-forwarded-method", "DELETE"],
    ["x-invoke-status", "500"],
    ["x-middleware-prefetch", "1"],
    ["x-now-route-matches", "1=evil"],
    ["x-react-router-spa-mode", "yes"],
  ])("of its own for whoever sends %s", (name, value) => {
    expect(address({ [name]: value }).variantOf([])).not.toBe(address().variantOf([]));
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ["a host that is none", { host: "evil.test/<script>" }, undefined],
    ["an authority beside the host", { host: "shop.test", ":authority": "evil.test" }, "shop.test"],
    ["a host beside that of a trusted proxy", { host: "evil.test", "x-forwarded-host": "shop.test" }, "shop.test"],
  ])("of its own for whoever names %s", (_what, headers, host) => {
    expect(address(headers, { host }).variantOf([])).not.toBe(address({}, { host }).variantOf([]));
  });

  it("is of its own for each cache that shares the store", () => {
    const variants = [undefined, "a", "b"].map((region) =>
      address({}, { settings: { ...PLAIN, region } }).variantOf([]),
    );
    expect(new Set(variants).size).toBe(3);
  });

  it("is the common one for the host that names the resource, in either header", () => {
    expect(address({ host: "shop.test" }).variantOf([])).toBe(address({ ":authority": "shop.test" }).variantOf([]));
  });

  it("is the common one for what a trusted proxy says, and whoever it speaks for", () => {
    const told = { "x-forwarded-host": "shop.test", "x-forwarded-proto": "http", "x-forwarded-for": "192.0.2.1" };
    expect(address(told).variantOf([])).toBe(address().variantOf([]));
    expect(address({ forwarded: "for=192.0.2.1" }).variantOf([])).toBe(
      address({ forwarded: "for=192.0.2.9;by=x" }).variantOf([]),
    );
  });

  it("differs by the headers that the key has been given", () => {
    const settings = { keyHeaders: ["x-tenant"], byDevice: false };
    expect(address({ "x-tenant": "a" }, { settings }).variantOf([])).not.toBe(
      address({ "x-tenant": "b" }, { settings }).variantOf([]),
    );
  });

  it("differs by device, and not by the user agent then", () => {
    const settings = { keyHeaders: [], byDevice: true };
    const phone = address({ "user-agent": PHONE }, { settings }).variantOf(["user-agent"]);
    expect(address({ "user-agent": `${PHONE} Other` }, { settings }).variantOf(["user-agent"])).toBe(phone);
    expect(address({ "user-agent": COMPUTER }, { settings }).variantOf(["user-agent"])).not.toBe(phone);
    expect(address({ "user-agent": COMPUTER, "sec-ch-ua-mobile": "?1" }, { settings }).variantOf(["user-agent"])).toBe(
      phone,
    );
    expect(address({}, { settings }).variantOf([])).toBe(
      address({ "user-agent": COMPUTER }, { settings }).variantOf([]),
    );
  });

  it("cannot be forged by line breaks that no header has", () => {
    expect(address({ foo: "1" }).variantOf(["bar", "foo"])).not.toBe(
      address({ bar: "foo:1" }).variantOf(["bar", "foo"]),
    );
  });
});

describe("the language that is preferred to all others", () => {
  it.each([
    ["de", "de"],
    ["fr;q=0.5, de;q=1.0", "de"],
    ["DE, en;q=0.8", "de"],
    ["en, de", undefined],
    ["*", undefined],
    ["de;q=0", undefined],
    ["", undefined],
  ])("of %j is %j", (field, language) => {
    expect(address({ "accept-language": field }).preferredLanguage()).toBe(language);
  });
});

describe("overridesMethod()", () => {
  it.each([["x-http-method-override"], ["x-http-method"], ["x-method-override"]])("sees %s", (name) => {
    expect(overridesMethod(createExchangeStandIn({ headers: { [name]: "DELETE" } }))).toBe(true);
    expect(overridesMethod(createExchangeStandIn())).toBe(false);
  });
});
