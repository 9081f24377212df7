import { expect, it } from "vitest";
import { targetOf } from "./target-of.ts";

it.each([
  ["http://test/", "/"],
  ["http://test", "/"],
  ["https://test:8443/a/b?c=d&e=//f", "/a/b?c=d&e=//f"],
  ["http://[::1]:3000/x", "/x"],
  ["http://test/a%20b?q=%23#fragment", "/a%20b?q=%23"],
  ["http://user@test/x", "/x"],
])("targetOf(%s) is %s", (address, target) => {
  expect(targetOf(address)).toBe(target);
});
