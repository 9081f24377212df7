import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";

const MAX_KEY_SETS = 32;

/** Gives the redactor for a project's further names of secrets; projects with the same names share one. */
export function createRedactorsByKeys(): (keys: readonly string[]) => Redactor {
  const builtIn = createRedactor();
  const byKeys = new Map<string, Redactor>();
  return (keys) => {
    if (keys.length === 0) return builtIn;
    const name = JSON.stringify(keys.toSorted());
    const redactor = byKeys.get(name) ?? createRedactor({ keys });
    byKeys.delete(name);
    byKeys.set(name, redactor);
    if (byKeys.size > MAX_KEY_SETS) byKeys.delete(byKeys.keys().next().value!);
    return redactor;
  };
}
