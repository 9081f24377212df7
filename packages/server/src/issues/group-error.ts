import type { ErrorEvent } from "@gatewatch/protocol";
import type { Grouping } from "../model/issue.ts";
import { groupByV1 } from "./grouping-v1/group-by-v1.ts";

/** Decides which issue an event belongs to, by the newest edition of the rules; the explanation says why. */
export function groupError(event: ErrorEvent): Grouping {
  return groupByV1(event);
}
