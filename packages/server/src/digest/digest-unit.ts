import type { ErrorEvent, NativeBatch } from "@gatewatch/protocol";
import type { AppliedErrors, RouteErrorCount } from "../model/applied-errors.ts";
import type { JournalEntry, JournalPosition } from "../model/journal.ts";

export interface ParsedBatch {
  entry: JournalEntry;
  batch: NativeBatch;
  /** Request rows and other events together. */
  events: number;
}

/** What one unit holds of one project. */
export interface ProjectUnit {
  projectId: number;
  batches: ParsedBatch[];
  requests: number;
  errors: AppliedErrors;
  /** Answers of 400–599 per route and minute. */
  routeErrors: RouteErrorCount[];
  /** Errors whose cause was over at their time, by what they were about. */
  recovered: ReadonlyMap<string, ErrorEvent>;
}

/** Some journal records on their way through the stages, all in one transaction of the store. */
export interface DigestUnit {
  readonly entries: readonly JournalEntry[];
  readonly end: JournalPosition;
  /** Epoch milliseconds. */
  readonly now: number;
  batches: ParsedBatch[];
  projects: Map<number, ProjectUnit>;
  /** Batches that had been digested before. */
  duplicates: number;
  events: number;
}

/** `entries` must not be empty. */
export function createUnit(entries: readonly JournalEntry[], now: number): DigestUnit {
  const end = entries.at(-1)!.end;
  return { entries, end, now, batches: [], projects: new Map(), duplicates: 0, events: 0 };
}
