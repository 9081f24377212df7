import { describe, expect, it } from "vitest";
import { parseFieldText, parseHsts, parseOneOf, parsePermissions, parseReferrerPolicy } from "./parse-header-values.ts";

describe("parseHsts()", () => {
  it.each<[unknown, string | false]>([
    ["max-age=0", "max-age=0"],
    ["max-age=31536000", "max-age=31536000"],
    ["MAX-AGE=31536000; INCLUDESUBDOMAINS", "max-age=31536000; includeSubDomains"],
    ['max-age="600"', "max-age=600"],
    [" max-age=600 ; includeSubDomains ; ", "max-age=600; includeSubDomains"],
    ["max-age=63072000; includeSubDomains; preload", "max-age=63072000; includeSubDomains; preload"],
    ["preload; includeSubDomains; max-age=31536000", "max-age=31536000; includeSubDomains; preload"],
    [{ maxAge: 1234 }, "max-age=1234"],
    [{ maxAge: 0 }, "max-age=0"],
    [{ maxAge: 600, includeSubDomains: true }, "max-age=600; includeSubDomains"],
    [{ maxAge: 600, includeSubDomains: false }, "max-age=600"],
    [{ maxAge: 31_536_000, includeSubDomains: true, preload: true }, "max-age=31536000; includeSubDomains; preload"],
    [true, "max-age=31536000"],
    [false, false],
    [null, false],
    ["", false],
  ])("writes %j as %j", (value, text) => {
    expect(parseHsts(value)).toBe(text);
  });

  it.each<[unknown, RegExp]>([
    ["max-age", /needs a number/],
    ["max-age=", /needs a number/],
    ["max-age=-1", /needs a number/],
    ["max-age=1.5", /needs a number/],
    ["max-age=1y", /needs a number/],
    ["includeSubDomains", /has no maxAge/],
    ["max-age=1; max-age=2", /twice/],
    ["max-age=1; includeSubDomain", /did you mean includeSubDomains/],
    ["max-age=1; preloaded", /did you mean preload/],
    ["max-age=1; includeSubDomains=1", /takes no value/],
    ["max-age=600; includeSubDomains; preload", /at least 31536000/],
    ["max-age=63072000; preload", /needs includeSubDomains/],
    ["max-age=1\r\nX-Evil: 1", /needs a number/],
    [{}, /has no maxAge/],
    [{ maxAge: "1" }, /has no maxAge/],
    [{ maxAge: -1 }, /has no maxAge/],
    [{ maxAge: 1.5 }, /has no maxAge/],
    [{ maxAge: Number.NaN }, /has no maxAge/],
    [{ maxAge: Number.POSITIVE_INFINITY }, /has no maxAge/],
    [{ maxage: 5 }, /did you mean maxAge/],
    [{ maxAge: 5, includeSubdomains: true }, /did you mean includeSubDomains/],
    [5, /has no maxAge/],
  ])("refuses %j", (value, reason) => {
    expect(() => parseHsts(value)).toThrow(reason);
  });
});

describe("parseReferrerPolicy()", () => {
  it.each<[unknown, string | false]>([
    ["no-referrer", "no-referrer"],
    ["no-referrer-when-downgrade", "no-referrer-when-downgrade"],
    ["same-origin", "same-origin"],
    ["origin", "origin"],
    ["strict-origin", "strict-origin"],
    ["origin-when-cross-origin", "origin-when-cross-origin"],
    ["strict-origin-when-cross-origin", "strict-origin-when-cross-origin"],
    ["unsafe-url", "unsafe-url"],
    ["No-Referrer", "no-referrer"],
    ["no-referrer, strict-origin", "no-referrer, strict-origin"],
    [["origin", "strict-origin"], "origin, strict-origin"],
    [true, "strict-origin-when-cross-origin"],
    [false, false],
    [null, false],
  ])("writes %j as %j", (value, text) => {
    expect(parseReferrerPolicy(value)).toBe(text);
  });

  it.each<[unknown, RegExp]>([
    ["no-referer", /did you mean no-referrer/],
    ["strict", /is no referrer policy/],
    ["origin, origin", /twice/],
    [["origin", 5], /5 is no referrer policy/],
    [[], /empty list/],
    ["origin\r\nX-Evil: 1", /is no referrer policy/],
    [5, /is no referrer policy/],
    [{}, /is no referrer policy/],
  ])("refuses %j", (value, reason) => {
    expect(() => parseReferrerPolicy(value)).toThrow(reason);
  });
});

describe("parsePermissions()", () => {
  it.each<[unknown, string | false]>([
    ["camera=()", "camera=()"],
    ["camera=(), microphone=(self)", "camera=(), microphone=(self)"],
    ["geolocation=*", "geolocation=*"],
    ["geolocation=self", "geolocation=self"],
    ['fullscreen=(self "https://a.test")', 'fullscreen=(self "https://a.test")'],
    ["camera=();report-to=main", "camera=();report-to=main"],
    ["interest-cohort=()", "interest-cohort=()"],
    ["brand-new-feature-of-tomorrow=()", "brand-new-feature-of-tomorrow=()"],
    [{ camera: [] }, "camera=()"],
    [{ camera: [], geolocation: ["self"] }, "camera=(), geolocation=(self)"],
    [{ geolocation: "self" }, "geolocation=(self)"],
    [{ geolocation: "*" }, "geolocation=*"],
    [{ fullscreen: ["self", "https://a.test"] }, 'fullscreen=(self "https://a.test")'],
    [{ fullscreen: ["https://*.a.test"] }, 'fullscreen=("https://*.a.test")'],
    [{ displayCapture: [] }, "display-capture=()"],
    [{ camera: [], geolocation: false }, "camera=()"],
    [false, false],
    [null, false],
    [true, false],
  ])("writes %j as %j", (value, text) => {
    expect(parsePermissions(value)).toBe(text);
  });

  it.each<[unknown, RegExp]>([
    ["camera", /is no item such as/],
    ["camera=none", /is no item such as/],
    ["camera 'none'; geolocation 'self'", /is no item such as/],
    ["camera=()\r\nX-Evil: 1", /line breaks/],
    ["camra=()", /did you mean camera/],
    ["geolocaton=()", /did you mean geolocation/],
    [{ microphon: [] }, /did you mean microphone/],
    [{ camera: ["a.test"] }, /neither "self", "\*" nor an origin/],
    [{ camera: ['https://a.test" *'] }, /neither/],
    [{ camera: ["'self'"] }, /neither/],
    [{ camera: ["*", "self"] }, /and to others/],
    [{ camera: [5] }, /5/],
    [{ "came ra": [] }, /no name of a feature/],
    [{}, /without features/],
    [[], /is no policy/],
    [5, /is no policy/],
  ])("refuses %j", (value, reason) => {
    expect(() => parsePermissions(value)).toThrow(reason);
  });
});

describe("parseOneOf()", () => {
  const frame = parseOneOf(["SAMEORIGIN", "DENY"]);
  it.each<[unknown, string | false]>([
    ["DENY", "DENY"],
    ["deny", "DENY"],
    [" sameorigin\r\n", "SAMEORIGIN"],
    [true, "SAMEORIGIN"],
    [false, false],
    [null, false],
    ["", false],
  ])("reads %j as %j", (value, text) => {
    expect(frame(value)).toBe(text);
  });

  it.each<[unknown, RegExp]>([
    ["ALLOW-FROM https://a.test", /none of its values/],
    ["SAME-ORIGIN", /did you mean SAMEORIGIN/],
    [5, /none of its values/],
    [{ action: "deny" }, /none of its values/],
  ])("refuses %j", (value, reason) => {
    expect(() => frame(value)).toThrow(reason);
  });
});

describe("parseFieldText()", () => {
  it.each<[unknown, string | false]>([
    ["no-store, max-age=0", "no-store, max-age=0"],
    [" private ", "private"],
    [false, false],
    ["", false],
  ])("reads %j as %j", (value, text) => {
    expect(parseFieldText(value)).toBe(text);
  });

  it.each([["a\r\nb"], ["a\nb"], ["a\u0000b"], ["ü"], ["a\u007fb"], [5], [true], [["a"]]])("refuses %j", (value) => {
    expect(() => parseFieldText(value)).toThrow(/cannot stand in a header/);
  });
});
