import { createMatcher, type Matcher, type MatchOperator } from "./match-labels.ts";
import { parseDuration } from "./parse-time.ts";
import { badData } from "./query-error.ts";
import {
  AGGREGATIONS,
  ARITHMETIC,
  typeOf,
  type Aggregation,
  type Arithmetic,
  type QueryTree,
  type Selector,
  type ValueType,
} from "./query-tree.ts";
import type { RegexBudget } from "./regex-budget.ts";
import { tokenize, type Token } from "./tokenize.ts";

const MAX_DEPTH = 60;
const SUBSET =
  "this server understands selectors, rate, increase, histogram_quantile, sum, avg, min, max and count by or without labels, and arithmetic with numbers";
const OTHER_AGGREGATIONS = new Set(
  "topk bottomk quantile stddev stdvar group count_values limitk limit_ratio".split(" "),
);
const COMPARISONS = new Set(["==", "!=", ">", "<", ">=", "<="]);
const SET_OPERATORS = new Set(["and", "or", "unless"]);
const MATCH_OPERATORS = new Set(["=", "!=", "=~", "!~"]);
const PRECEDENCE: Record<Arithmetic, number> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 4 };
/** Binds stronger than `*`, weaker than `^`. */
const UNARY = 3;

/** @throws QueryError `bad_data` that names what is not understood. */
export function parseQuery(query: string, budget: RegexBudget): QueryTree {
  const parser = new Parser(query, budget);
  return parser.whole();
}

/** A selector alone, as `match[]` takes it. @throws QueryError */
export function parseSelector(text: string, budget: RegexBudget): Matcher[] {
  const tree = parseQuery(text, budget);
  if (tree.kind === "selector" && tree.rangeMs === null) return tree.matchers;
  throw badData(`${JSON.stringify(text.slice(0, 100))} is no selector of series`);
}

class Parser {
  private readonly tokens: Token[];
  private readonly budget: RegexBudget;
  private next = 0;
  private depth = 0;

  constructor(query: string, budget: RegexBudget) {
    this.tokens = tokenize(query);
    this.budget = budget;
  }

  whole(): QueryTree {
    if (this.peek().kind === "end") throw badData("unknown position: parse error: no expression found in input");
    const tree = this.expression(0);
    if (this.peek().kind !== "end") throw this.unexpected();
    return tree;
  }

  private expression(least: number): QueryTree {
    if (++this.depth > MAX_DEPTH) throw badData(`the query nests deeper than ${MAX_DEPTH} levels`);
    let left = this.operand();
    for (;;) {
      const { value, kind } = this.peek();
      if (kind === "sign" && COMPARISONS.has(value)) throw notSupported(`the comparison \`${value}\``);
      if (kind === "name" && SET_OPERATORS.has(value.toLowerCase()))
        throw notSupported(`the set operator \`${value}\``);
      if (kind === "name" && value.toLowerCase() === "atan2") throw notSupported("the operator `atan2`");
      const operator = ARITHMETIC.find((sign) => kind === "sign" && sign === value);
      if (operator === undefined || PRECEDENCE[operator] < least) break;
      this.next++;
      this.refuseMatching();
      // `^` binds to the right, the others to the left.
      const right = this.expression(operator === "^" ? PRECEDENCE[operator] : PRECEDENCE[operator] + 1);
      left = combine(operator, left, right);
    }
    this.depth--;
    return left;
  }

  private refuseMatching(): void {
    const { kind, value } = this.peek();
    if (kind === "name" && ["bool", "on", "ignoring", "group_left", "group_right"].includes(value.toLowerCase()))
      throw notSupported(`the modifier \`${value}\``);
  }

  private operand(): QueryTree {
    const token = this.peek();
    if (token.kind === "sign" && (token.value === "-" || token.value === "+")) {
      this.next++;
      const of = this.expression(UNARY);
      return token.value === "+" ? of : combine("*", { kind: "number", value: -1 }, of);
    }
    return this.suffixed(this.primary(token));
  }

  private primary(token: Token): QueryTree {
    if (token.kind === "number") {
      this.next++;
      return { kind: "number", value: Number(token.value) };
    }
    if (token.kind === "text") throw notSupported("a string as a value");
    if (token.kind === "sign" && token.value === "(") {
      this.next++;
      const tree = this.expression(0);
      this.expect(")");
      return tree;
    }
    if (token.kind === "sign" && token.value === "{") return this.selector(undefined);
    if (token.kind !== "name") throw this.unexpected();
    const word = token.value.toLowerCase();
    const after = this.tokens[this.next + 1]!;
    const isCalled = after.kind === "sign" && after.value === "(";
    const isGrouped = after.kind === "name" && ["by", "without"].includes(after.value.toLowerCase());
    if (word === "inf" || word === "nan") {
      this.next++;
      return { kind: "number", value: word === "inf" ? Number.POSITIVE_INFINITY : Number.NaN };
    }
    if (isCalled || isGrouped) {
      const aggregation = AGGREGATIONS.find((name) => name === word);
      if (aggregation !== undefined) return this.aggregation(aggregation);
      if (OTHER_AGGREGATIONS.has(word)) throw notSupported(`the aggregation \`${word}\``);
    }
    if (isCalled) return this.call(token);
    this.next++;
    return this.selector(token.value);
  }

  /** `[5m]`, and what may follow an operand and is not understood. */
  private suffixed(tree: QueryTree): QueryTree {
    const { kind, value } = this.peek();
    if (kind === "sign" && value === "[") return this.suffixed(this.ranged(tree));
    if (kind === "sign" && value === "@") throw notSupported("the modifier `@`");
    if (kind === "name" && value.toLowerCase() === "offset") throw notSupported("the modifier `offset`");
    return tree;
  }

  private ranged(tree: QueryTree): QueryTree {
    this.next++;
    const duration = this.demandToken("duration", "a duration such as 5m");
    if (this.takeSign(":")) throw notSupported("a subquery");
    if (tree.kind !== "selector" || tree.rangeMs !== null) throw badData("ranges only allowed for vector selectors");
    this.expect("]");
    return { ...tree, rangeMs: parseDuration(duration.value) };
  }

  private selector(name: string | undefined): Selector {
    const matchers: Matcher[] = name === undefined ? [] : [createMatcher("__name__", "=", name, this.budget)];
    if (this.takeSign("{")) {
      while (!this.takeSign("}")) {
        const label = this.demandToken("name", "a label");
        const operator = this.demandToken("sign", "one of = != =~ !~");
        if (!MATCH_OPERATORS.has(operator.value)) throw this.unexpected("one of = != =~ !~", operator);
        const value = this.demandToken("text", "a string in quotes");
        if (name !== undefined && label.value === "__name__")
          throw badData(`metric name must not be set twice: "${name}" or "${value.value.slice(0, 100)}"`);
        matchers.push(createMatcher(label.value, operator.value as MatchOperator, value.value, this.budget));
        if (!this.takeSign(",")) {
          this.expect("}");
          break;
        }
      }
    }
    if (matchers.every(({ matches }) => matches("")))
      throw badData("vector selector must contain at least one non-empty matcher");
    return { kind: "selector", matchers, rangeMs: null };
  }

  private aggregation(operator: Aggregation): QueryTree {
    this.next++;
    let grouping = this.tryGrouping();
    this.expect("(");
    const of = this.expression(0);
    if (this.peek().value === ",")
      throw badData(`wrong number of arguments for aggregate expression provided, expected 1`);
    this.expect(")");
    grouping ??= this.tryGrouping();
    demand(of, "instant vector", `in aggregation \`${operator}\``);
    return { kind: "aggregate", operator, by: grouping?.by ?? true, labels: grouping?.labels ?? [], of };
  }

  private tryGrouping(): { by: boolean; labels: string[] } | undefined {
    const { kind, value } = this.peek();
    const word = value.toLowerCase();
    if (kind !== "name" || (word !== "by" && word !== "without")) return undefined;
    this.next++;
    this.expect("(");
    const labels: string[] = [];
    while (!this.takeSign(")")) {
      labels.push(this.demandToken("name", "a label").value);
      if (!this.takeSign(",")) {
        this.expect(")");
        break;
      }
    }
    return { by: word === "by", labels };
  }

  private call({ value: name }: Token): QueryTree {
    if (name !== "rate" && name !== "increase" && name !== "histogram_quantile")
      throw notSupported(`the function \`${name.slice(0, 60)}\``);
    this.next++;
    this.expect("(");
    const args: QueryTree[] = [];
    while (!this.takeSign(")")) {
      args.push(this.expression(0));
      if (!this.takeSign(",")) {
        this.expect(")");
        break;
      }
    }
    const expected = name === "histogram_quantile" ? 2 : 1;
    const [first, second] = args;
    if (args.length !== expected || first === undefined)
      throw badData(`expected ${expected} argument(s) in call to "${name}", got ${args.length}`);
    const where = `in call to function "${name}"`;
    if (second !== undefined) {
      demand(first, "scalar", where);
      demand(second, "instant vector", where);
      return { kind: "quantile", quantile: first, buckets: second };
    }
    demand(first, "range vector", where);
    // Only a selector has the type of a range vector.
    return { kind: "rate", perSecond: name === "rate", selector: first as Selector };
  }

  private peek(): Token {
    return this.tokens[this.next]!;
  }

  private demandToken(kind: Token["kind"], expected: string): Token {
    const token = this.peek();
    if (token.kind !== kind) throw this.unexpected(expected);
    this.next++;
    return token;
  }

  private takeSign(sign: string): boolean {
    const { kind, value } = this.peek();
    if (kind !== "sign" || value !== sign) return false;
    this.next++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.takeSign(sign)) throw this.unexpected(`"${sign}"`);
  }

  private unexpected(expected?: string, token = this.peek()): Error {
    const { kind, value, at } = token;
    const found = kind === "end" ? "end of input" : JSON.stringify(value.slice(0, 60));
    const wanted = expected === undefined ? "" : `, expected ${expected}`;
    return badData(`parse error at character ${at + 1}: unexpected ${found}${wanted}`);
  }
}

function combine(operator: Arithmetic, left: QueryTree, right: QueryTree): QueryTree {
  for (const side of [left, right])
    if (typeOf(side) === "range vector")
      throw badData("binary expression must contain only scalar and instant vector types");
  if (typeOf(left) !== "scalar" && typeOf(right) !== "scalar")
    throw notSupported(`arithmetic between two vectors (\`${operator}\`)`);
  return { kind: "arithmetic", operator, left, right };
}

function demand(tree: QueryTree, type: ValueType, where: string): void {
  const found = typeOf(tree);
  if (found !== type) throw badData(`expected type ${type} ${where}, got ${found}`);
}

function notSupported(construct: string): Error {
  return badData(`${construct} is not supported: ${SUBSET}`);
}
