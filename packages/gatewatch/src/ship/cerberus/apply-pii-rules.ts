import type { PiiRule } from "@gatewatch/protocol/cerberus-event";
import { pseudonymiseText } from "@gatewatch/protocol/redact/pseudonymise";
import { REDACTED } from "@gatewatch/protocol/redact/redactor";

const MAX_DEPTH = 20;

/** A copy in which the rules have been applied; the same value when there are none. */
export function applyPiiRules<T>(value: T, rules: readonly PiiRule[], key: string | undefined): T {
  if (rules.length === 0) return value;
  const replace = (rule: PiiRule, text: string): string =>
    rule.action === "hash" && key !== undefined ? pseudonymiseText(text, key) : REDACTED;

  function walk(part: unknown, depth: number): unknown {
    if (typeof part === "string") return replaceInText(part);
    if (typeof part !== "object" || part === null) return part;
    if (depth >= MAX_DEPTH) return REDACTED;
    if (Array.isArray(part)) return part.map((item) => walk(item, depth + 1));
    const entries = Object.entries(part).map(([name, inner]): [string, unknown] => {
      const rule = rules.find(({ applyTo, pattern }) => applyTo !== "values" && matches(pattern, name));
      if (rule === undefined) return [name, walk(inner, depth + 1)];
      return [name, replace(rule, typeof inner === "string" ? inner : JSON.stringify(inner))];
    });
    return Object.fromEntries(entries);
  }

  function replaceInText(text: string): string {
    let result = text;
    for (const rule of rules) {
      if (rule.applyTo === "keys") continue;
      rule.pattern.lastIndex = 0;
      result = result.replaceAll(rule.pattern, (found) => replace(rule, found));
    }
    return result;
  }

  return walk(value, 0) as T;
}

function matches(pattern: RegExp, text: string): boolean {
  // The pattern is global and would begin where it ended last.
  pattern.lastIndex = 0;
  return pattern.test(text);
}
