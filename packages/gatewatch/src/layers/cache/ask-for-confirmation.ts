import type { Exchange } from "../../gate/exchange.ts";
import type { StoredResponse } from "../../state/response-store.ts";
import { validatorsOf } from "./answer-from-store.ts";
import type { FillingVisit } from "./visit.ts";

const CONDITION_NAMES = ["if-none-match", "if-modified-since"] as const;

/** Puts the stored response's validators in the place of the request's own conditions; without validators the app gives a whole answer. */
export function askForConfirmation(x: Exchange, visit: FillingVisit, stored: StoredResponse): void {
  if (x.setRequestHeader === undefined) return;
  const { etag, lastModified } = validatorsOf(stored);
  const conditions = new Map(CONDITION_NAMES.map((name) => [name, x.headers.get(name)]));
  const hasOwn = [...conditions.values()].some((value) => value !== undefined);
  if (etag === undefined && lastModified === undefined && !hasOwn) return;
  visit.conditions = conditions;
  try {
    x.setRequestHeader("if-none-match", etag);
    x.setRequestHeader("if-modified-since", lastModified);
  } catch {
    // Where requests cannot be changed the app gives a whole answer.
    visit.conditions = undefined;
  }
}

/** Gives the request back its own conditions. */
export function restoreConditions(x: Exchange, { conditions }: FillingVisit): void {
  if (conditions === undefined) return;
  for (const [name, value] of conditions) x.setRequestHeader?.(name, value);
}
