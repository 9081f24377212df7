import { WIRE_LIMITS, type Breadcrumb } from "@gatewatch/protocol";
import type { Exchange } from "../gate/exchange.ts";
import { copyJson } from "./copy-json.ts";

const MAX_MESSAGE = 1_000;
const MAX_DATA = 2_000;

/** Adds a copy of bounded size; the oldest of a hundred goes. Redaction follows when an error takes the breadcrumbs with it. */
export function keepBreadcrumb(crumb: Breadcrumb, x: Exchange): void {
  const kept: Breadcrumb = {
    time: crumb.time,
    category: crumb.category,
    message: String(crumb.message).slice(0, MAX_MESSAGE),
  };
  if (crumb.level !== undefined) kept.level = crumb.level;
  if (crumb.data !== undefined) {
    const data = copyJson(crumb.data, { maxNodes: 50, maxStringLength: 500, maxDepth: 5 });
    if (JSON.stringify(data).length <= MAX_DATA) kept.data = data as NonNullable<Breadcrumb["data"]>;
  }
  x.breadcrumbs.push(kept);
  if (x.breadcrumbs.length > WIRE_LIMITS.maxBreadcrumbs) x.breadcrumbs.shift();
}
