import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuery, parseSelector } from "./parse-query.ts";
import { QueryError } from "./query-error.ts";
import type { QueryTree } from "./query-tree.ts";
import { RegexBudget } from "./regex-budget.ts";

/** The tree in short: what binds to what. */
function show(tree: QueryTree): string {
  switch (tree.kind) {
    case "number":
      return String(tree.value);
    case "selector": {
      const matchers = tree.matchers.map(({ label, only }) => `${label}${only === null ? "~" : `=${only}`}`);
      return `{${matchers.join(",")}}${tree.rangeMs === null ? "" : `[${tree.rangeMs}]`}`;
    }
    case "rate":
      return `${tree.perSecond ? "rate" : "increase"}(${show(tree.selector)})`;
    case "quantile":
      return `quantile(${show(tree.quantile)}, ${show(tree.buckets)})`;
    case "aggregate":
      return `${tree.operator}${tree.by ? "+" : "-"}[${tree.labels.join()}](${show(tree.of)})`;
    case "arithmetic":
      return `(${show(tree.left)} ${tree.operator} ${show(tree.right)})`;
    default:
      return tree satisfies never;
  }
}

test.each([
  ["1+1", "(1 + 1)"],
  ["1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"],
  ["2 ^ 3 ^ 2", "(2 ^ (3 ^ 2))"],
  ["-2 ^ 2", "(-1 * (2 ^ 2))"],
  ["2 * -3 + +1", "((2 * (-1 * 3)) + 1)"],
  ["0x1F + .5e1 % Inf", "(31 + (5 % Infinity))"],
  ["up", "{__name__=up}"],
  ["sum", "{__name__=sum}"],
  ['{__name__="a", b!="c",}', "{__name__=a,b~}"],
  ["a:b{c='d'} # a remark\n", "{__name__=a:b,c=d}"],
  ["a{b=`\\d`}", "{__name__=a,b=\\d}"],
  ['a{b="\\x41\\u00e9\\n\\""}', '{__name__=a,b=A\u00e9\n"}'],
  ["rate(a[1h30m])", "rate({__name__=a}[5400000])"],
  ["increase(a[1m0s])", "increase({__name__=a}[60000])"],
  ["sum by (x, y) (a)", "sum+[x,y]({__name__=a})"],
  ["SUM(a) BY (x)", "sum+[x]({__name__=a})"],
  ["count without(x)(a) / 2", "(count-[x]({__name__=a}) / 2)"],
  ["avg(a)", "avg+[]({__name__=a})"],
  ["max by () (a)", "max+[]({__name__=a})"],
  [
    "histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m]))) * 1000",
    "(quantile(0.99, sum+[le](rate({__name__=a_bucket}[300000]))) * 1000)",
  ],
  ["(((a)))", "{__name__=a}"],
])("parseQuery() reads %s", (query, tree) => {
  expect(show(parseQuery(query, new RegexBudget()))).toBe(tree);
});

function refusalOf(query: string): string {
  try {
    parseQuery(query, new RegexBudget());
  } catch (error) {
    if (error instanceof QueryError && error.type === "bad_data") return error.message;
    throw error;
  }
  return "no refusal";
}

test.each([
  ["irate(a[5m])", "the function `irate`"],
  ["label_replace(a, 'b', 'c', 'd', 'e')", "the function `label_replace`"],
  ["vector(1)", "the function `vector`"],
  ["topk(5, a)", "the aggregation `topk`"],
  ["quantile(0.9, a)", "the aggregation `quantile`"],
  ["stddev by (x) (a)", "the aggregation `stddev`"],
  ["rate(a[5m] offset 1h)", "the modifier `offset`"],
  ["a @ 1", "the modifier `@`"],
  ["rate(a[5m:1m])", "a subquery"],
  ["a / b", "arithmetic between two vectors"],
  ["a / on(x) b", "the modifier `on`"],
  ["a > 1", "the comparison `>`"],
  ["a == bool 1", "the comparison `==`"],
  ["a and b", "the set operator `and`"],
  ["a atan2 1", "the operator `atan2`"],
  ['"text"', "a string as a value"],
])("parseQuery() names what it does not support in %s", (query, construct) => {
  expect(refusalOf(query)).toMatch(construct);
  expect(refusalOf(query)).toMatch("is not supported: this server understands selectors, rate, increase");
});

test.each([
  ["", "no expression found in input"],
  ["# nothing", "no expression found in input"],
  ["a b", 'parse error at character 3: unexpected "b"'],
  ["a{", "unexpected end of input, expected a label"],
  ["a{b}", "expected one of = != =~ !~"],
  ["a{b=c}", "expected a string in quotes"],
  ['a{b="c"', 'expected "}"'],
  ['a{b="c}', "unterminated quoted string"],
  ['a{b="\\q"}', "unknown escape sequence"],
  ['a{__name__="b"}', "metric name must not be set twice"],
  ["{}", "at least one non-empty matcher"],
  ['{a=~".*"}', "at least one non-empty matcher"],
  ['{a=""}', "at least one non-empty matcher"],
  ["rate(a)", 'expected type range vector in call to function "rate", got instant vector'],
  ["rate(1)", "got scalar"],
  ["rate()", 'expected 1 argument(s) in call to "rate", got 0'],
  ["histogram_quantile(a, b)", "expected type scalar in call to function"],
  ["histogram_quantile(1)", "expected 2 argument(s)"],
  ["sum(1)", "expected type instant vector in aggregation `sum`, got scalar"],
  ["sum(a[5m])", "got range vector"],
  ["sum(a, b)", "wrong number of arguments"],
  ["a[5m] + 1", "binary expression must contain only scalar and instant vector types"],
  ["(a + 1)[5m]", "ranges only allowed for vector selectors"],
  ["a[5m][5m]", "ranges only allowed for vector selectors"],
  ["a[5x]", "parse error at character 3"],
  ["a[0s]", "duration must be greater than 0"],
  ["a[5m", 'expected "]"'],
  ["5m", 'unexpected "5m"'],
  ["a;b", 'unexpected character ";"'],
  ['a{b=~"("}', "missing closing )"],
  ["1 +", "unexpected end of input"],
  ["(".repeat(100), "nests deeper than 60 levels"],
  ["-".repeat(100), "nests deeper than 60 levels"],
  ["a".repeat(20_000), "at most 10000 are read"],
])("parseQuery() refuses %s", (query, message) => {
  expect(refusalOf(query)).toContain(message);
});

test("parseSelector() takes a selector and nothing else", () => {
  expect(parseSelector('a{b="c"}', new RegexBudget())).toHaveLength(2);
  for (const text of ["rate(a[5m])", "a[5m]", "1"])
    expect(() => parseSelector(text, new RegexBudget())).toThrow("is no selector of series");
});

test("parseQuery() reads or refuses whatever it is given", () => {
  const words = fc.constantFrom(
    ..."sum by without ( ) { } [ ] , = =~ != + - * / ^ % 5m 1.5 a http_x \"v\" '.*' rate increase histogram_quantile offset @ : #".split(
      " ",
    ),
  );
  const query = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(words, { maxLength: 25 }).map((list) => list.join(" ")),
  );
  const property = fc.property(query, (text) => {
    try {
      parseQuery(text, new RegexBudget());
    } catch (error) {
      return error instanceof QueryError && error.type === "bad_data";
    }
    return true;
  });
  expect(fc.check(property, { numRuns: Number(process.env["FUZZ_CASES"] ?? 3_000) }).failed).toBe(false);
});
