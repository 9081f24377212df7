import { expect, test } from "vitest";
import { completeQuery, parseIssueQuery } from "./issue-query.ts";

test("terms and words are told apart", () => {
  expect(parseIssueQuery('is:new route:/checkout level:error cannot read "of null"')).toEqual({
    terms: [
      { key: "is", value: "new" },
      { key: "route", value: "/checkout" },
      { key: "level", value: "error" },
    ],
    text: "cannot read of null",
  });
});

test("a quoted value keeps its spaces, an unknown key stays a word", () => {
  expect(parseIssueQuery('route:"GET /a b" http://x')).toEqual({
    terms: [{ key: "route", value: "GET /a b" }],
    text: "http://x",
  });
});

test("a key without a value asks for nothing yet", () => {
  expect(parseIssueQuery("is:")).toEqual({ terms: [], text: "" });
});

const choices = { routes: ["/checkout", "/cart items"], releases: ["1.4.0", "1.4.1"] };

test("completion offers the keys that begin as typed", () => {
  expect(completeQuery("is:new re", choices)).toEqual([
    { query: "is:new release:", label: "release:", hint: "release of the app" },
  ]);
  expect(completeQuery("", choices).map((item) => item.label)).toEqual(["is:", "level:", "route:", "release:"]);
});

test("completion offers values of the key and quotes those with spaces", () => {
  expect(completeQuery("route:ca", choices).map((item) => item.query)).toEqual(['route:"/cart items" ']);
  expect(completeQuery("is:reg", choices)[0]?.query).toBe("is:regressed ");
  expect(completeQuery("release:", choices).map((item) => item.label)).toEqual(["release:1.4.0", "release:1.4.1"]);
});
