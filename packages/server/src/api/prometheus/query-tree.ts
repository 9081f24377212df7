import type { Matcher } from "./match-labels.ts";

/** The part of PromQL that is understood. */
export type QueryTree =
  | { kind: "number"; value: number }
  | { kind: "selector"; matchers: Matcher[]; rangeMs: number | null }
  | { kind: "rate"; perSecond: boolean; selector: Selector }
  | { kind: "quantile"; quantile: QueryTree; buckets: QueryTree }
  | { kind: "aggregate"; operator: Aggregation; by: boolean; labels: string[]; of: QueryTree }
  | { kind: "arithmetic"; operator: Arithmetic; left: QueryTree; right: QueryTree };

export type Selector = Extract<QueryTree, { kind: "selector" }>;

export const AGGREGATIONS = ["sum", "avg", "min", "max", "count"] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];
export const ARITHMETIC = ["+", "-", "*", "/", "%", "^"] as const;
export type Arithmetic = (typeof ARITHMETIC)[number];

export type ValueType = "scalar" | "instant vector" | "range vector";

export function typeOf(tree: QueryTree): ValueType {
  switch (tree.kind) {
    case "number":
      return "scalar";
    case "selector":
      return tree.rangeMs === null ? "instant vector" : "range vector";
    case "arithmetic":
      return typeOf(tree.left) === "scalar" && typeOf(tree.right) === "scalar" ? "scalar" : "instant vector";
    case "rate":
    case "quantile":
    case "aggregate":
      return "instant vector";
    default:
      return tree satisfies never;
  }
}
