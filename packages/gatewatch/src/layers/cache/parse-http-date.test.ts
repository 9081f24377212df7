import { describe, expect, it } from "vitest";
import { tryParseHttpDate } from "./parse-http-date.ts";

const NOW = Date.UTC(2026, 10, 20);

describe("tryParseHttpDate(), RFC 9110 section 5.6.7", () => {
  it.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sunday, 06-Nov-94 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sun Nov  6 08:49:37 1994", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sun Nov 16 08:49:37 1994", Date.UTC(1994, 10, 16, 8, 49, 37)],
    ["SUN, 06 NOV 1994 08:49:37 gmt", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Tue, 19 Jan 2038 14:14:08 GMT", Date.UTC(2038, 0, 19, 14, 14, 8)],
    ["Sun, 21 Nov 2286 04:46:39 GMT", Date.UTC(2286, 10, 21, 4, 46, 39)],
    ["Thursday, 18-Aug-50 02:01:18 GMT", Date.UTC(2050, 7, 18, 2, 1, 18)],
    ["Thursday, 18-Aug-76 02:01:18 GMT", Date.UTC(2076, 7, 18, 2, 1, 18)],
    ["Thursday, 18-Aug-77 02:01:18 GMT", Date.UTC(1977, 7, 18, 2, 1, 18)],
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
    ["Thu, 29 Feb 2024 00:00:00 GMT", Date.UTC(2024, 1, 29)],
  ])("reads %j", (text, time) => {
    expect(tryParseHttpDate(text, NOW)).toBe(time);
  });

  it.each([
    [""],
    ["0"],
    ["-1"],
    ["foo"],
    ["Thu, 18 Aug 2050 02:01:18 UTC"],
    ["Thu, 18 Aug 2050 02:01:18 AEST"],
    ["Thu, 18 Aug 2050 02:01:18 +0000"],
    ["Thu, 18 Aug 50 02:01:18 GMT"],
    ["Thu 18 Aug 2050 02:01:18 GMT"],
    ["Thu, 18  Aug  2050 02:01:18 GMT"],
    ["Thu, 18-Aug-2050 02:01:18 GMT"],
    ["Thu, 18 Aug 2050 02.01.18 GMT"],
    ["Thu, 18 Aug 2050 2:01:18 GMT"],
    ["Thu, 8 Aug 2050 02:01:18 GMT"],
    ["Thu, 18 Aug 2050 24:01:18 GMT"],
    ["Thu, 18 Aug 2050 02:60:18 GMT"],
    ["Thu, 31 Feb 2050 02:01:18 GMT"],
    ["Thu, 00 Aug 2050 02:01:18 GMT"],
    ["Thu, 18 Xyz 2050 02:01:18 GMT"],
    ["Xyz, 18 Aug 2050 02:01:18 GMT"],
    [" Thu, 18 Aug 2050 02:01:18 GMT"],
    ["Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:19 GMT"],
    ["2050-08-18T02:01:18Z"],
    ["Thu, 18 Aug 2050 02:01:18"],
  ])("refuses %j", (text) => {
    expect(tryParseHttpDate(text, NOW)).toBeUndefined();
  });
});
