import type { LiveRequest } from "@gatewatch/protocol";
import type { IssueOutcome } from "./issue.ts";

/** Published on the topic `digested` of `Shared` after each committed unit, one per project. */
export interface DigestNotice {
  projectId: number;
  /** At most 200; the newest. */
  requests: LiveRequest[];
  /** Requests of the unit that are not in `requests`. */
  skipped: number;
  errors: number;
  /** Answers 429 of the unit. @default 0 */
  limited?: number;
  /** Answers 403 of the unit. @default 0 */
  refused?: number;
  issues: { id: number; outcome: IssueOutcome }[];
  /** Milliseconds between receipt and commit of the oldest event in the unit. */
  lagMs: number;
}
