import { PatternParser } from "./parse-pattern.ts";
import { badData } from "./query-error.ts";
import type { RegexBudget } from "./regex-budget.ts";
import { runProgram } from "./run-program.ts";

const MAX_PATTERN_LENGTH = 4_000;
const LITERALS = /^[\w /,:;=@#&%~<>!"'-]*(?:\|[\w /,:;=@#&%~<>!"'-]*)*$/;

/**
 * A regular expression in RE2's spelling that must match a whole value, as Prometheus' matchers do. It never backtracks: every character
 * costs at most one step for each instruction. @throws QueryError for what is not understood, or when the budget is spent.
 */
export function compilePattern(pattern: string, budget: RegexBudget): (value: string) => boolean {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw badData(`a regular expression has ${pattern.length} characters; at most ${MAX_PATTERN_LENGTH} are read`);
  if (LITERALS.test(pattern)) {
    const words = new Set(pattern.split("|"));
    return (value) => words.has(value);
  }
  if (pattern === ".*") return () => true;
  if (pattern === ".+") return (value) => value !== "";
  const program = new PatternParser(pattern).parse();
  return (value) => runProgram(program, value, budget);
}
