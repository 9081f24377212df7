import { describe, expect, it } from "vitest";
import { readSeconds } from "./parse-cache-control.ts";
import { tryParseTargetedField } from "./parse-targeted-field.ts";

describe("tryParseTargetedField(), RFC 9213 and RFC 9651", () => {
  it.each([
    ["max-age=3600", 3600],
    ["max-age=0", 0],
    ["max-age=99999999999", 2_147_483_648],
    ["foobar, max-age=60", 60],
    ["max-age=60, foo=bar", 60],
    ['max-age=60, foo="bar, baz"', 60],
    ["max-age=60, foo=:aGk=:", 60],
    ["max-age=60, foo=?1", 60],
    ["max-age=60, foo=1.5", 60],
    ["max-age=60, foo=(a b)", 60],
    ['max-age=60, foo=(a "b");x', 60],
    ["max-age=60, foo=()", 60],
    ["max-age=60;a=1;b", 60],
    ["max-age=60;a=?0", 60],
    ["max-age=1, max-age=60", 60],
    ["  max-age=60  ", 60],
    ["max-age=60 ,\tfoo", 60],
    ["max-age=60, x=*tok/en:1", 60],
  ])("reads %j: max-age is %d", (field, seconds) => {
    const directives = tryParseTargetedField(field);
    expect(directives).toBeDefined();
    expect(readSeconds(directives!, "max-age")).toBe(seconds);
  });

  it.each([
    [""],
    ["  "],
    ["max-age=10000, &&&&&"],
    ['max-age="10000"'],
    ["max-age=abc"],
    ["max-age=1.5"],
    ["max-age=-1"],
    ["max-age"],
    ["max-age = 60"],
    ["max-age =60"],
    ["max-age= 60"],
    ["MaX-aGe=60"],
    ["max-age=60,"],
    ["max-age=60 foo"],
    ["max-age=60;"],
    ["max-age=60;A"],
    ["max-age=60, foo="],
    ['max-age=60, foo="bar'],
    ["max-age=60, foo=(a"],
    ["max-age=60, foo=(a,b)"],
    ["max-age=60, foo=?2"],
    ["max-age=60, é"],
    ["max-age=9999999999999999"],
    ["s-maxage=x"],
    ["private=5"],
    ["=5"],
  ])("takes %j for no field at all", (field) => {
    expect(tryParseTargetedField(field)).toBeUndefined();
  });

  it.each([
    ["no-store", "no-store", [""]],
    ["private", "private", [""]],
    ['private="a"', "private", ["a"]],
    ["no-store=?0, max-age=1", "no-store", undefined],
    ["must-revalidate, max-age=1", "must-revalidate", [""]],
    ["constructor", "constructor", [""]],
    ["max-age=1", "constructor", undefined],
  ])("reads %j: %s is %j", (field, name, values) => {
    expect(tryParseTargetedField(field)?.values(name)).toEqual(values);
  });
});
