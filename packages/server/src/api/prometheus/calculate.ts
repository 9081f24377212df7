import { QueryError } from "./query-error.ts";
import type { Arithmetic } from "./query-tree.ts";
import { distinct, withoutName, type Result } from "./series.ts";

/** Arithmetic with at most one vector. */
export function calculate(operator: Arithmetic, left: Result, right: Result): Result {
  if (left.type === "scalar" && right.type === "scalar")
    return { type: "scalar", values: left.values.map((value, step) => apply(operator, value, right.values[step]!)) };
  const [vector, isLeft] = left.type === "vector" ? [left, true] : [right, false];
  const scalar = left.type === "scalar" ? left : right;
  if (vector.type !== "vector" || scalar.type !== "scalar")
    throw new QueryError("internal", "two vectors were to be calculated");
  const series = vector.series.map(({ labels, values, present }) => ({
    labels,
    present,
    values: values.map((value, step) =>
      isLeft ? apply(operator, value, scalar.values[step]!) : apply(operator, scalar.values[step]!, value),
    ),
  }));
  return { type: "vector", series: distinct(series.map(withoutName)) };
}

function apply(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "^":
      return left ** right;
    default:
      return operator satisfies never;
  }
}
