import { compilePattern } from "./compile-pattern.ts";
import type { RegexBudget } from "./regex-budget.ts";

export type MatchOperator = "=" | "!=" | "=~" | "!~";
export type Labels = Readonly<Record<string, string>>;

/** One condition of a selector; a label that is absent is the empty text. */
export interface Matcher {
  label: string;
  /** The only value that can match, when there is but one. */
  only: string | null;
  matches(value: string): boolean;
}

/** @throws QueryError when a regular expression is not understood or too large. */
export function createMatcher(label: string, operator: MatchOperator, value: string, budget: RegexBudget): Matcher {
  if (operator === "=") return { label, only: value, matches: (candidate) => candidate === value };
  if (operator === "!=") return { label, only: null, matches: (candidate) => candidate !== value };
  const test = remember(compilePattern(value, budget));
  return { label, only: null, matches: operator === "=~" ? test : (candidate) => !test(candidate) };
}

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ label, matches }) => matches(labels[label] ?? ""));
}

/** Series share their labels' values: each is tried once. */
function remember(test: (value: string) => boolean): (value: string) => boolean {
  const known = new Map<string, boolean>();
  return (value) => {
    let result = known.get(value);
    if (result === undefined) known.set(value, (result = test(value)));
    return result;
  };
}
