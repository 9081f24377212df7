import type { Analysis, ErrorEvent } from "@gatewatch/protocol";
import type { OutboxRow } from "../model/alert.ts";
import type { AppliedErrors, ErrorArrival, RouteErrorCount } from "../model/applied-errors.ts";
import type { DigestTx } from "../model/store.ts";

/** What the digest asks of the modules that own issues, analysis and alerts. */
export interface DigestPorts {
  /** The same errors in the same order, with the frames of generated scripts where their sources have them. */
  mapFrames(
    tx: DigestTx,
    projectId: number,
    errors: readonly { event: ErrorEvent; release: string | null }[],
  ): Promise<ErrorEvent[]>;
  /** Groups the errors of one project, creates and advances their issues. */
  applyErrors(tx: DigestTx, projectId: number, arrivals: ErrorArrival[], now: number): Promise<AppliedErrors>;
  /** Resolves the issues of errors whose cause is over, at the times that they carry. */
  resolveRecovered(tx: DigestTx, projectId: number, errors: readonly ErrorEvent[]): Promise<void>;
  /** Explains the issues that need it by rules, stores what it says, and returns what is known, by issue. */
  analyseIssues(tx: DigestTx, errors: AppliedErrors, now: number): Promise<ReadonlyMap<number, Analysis>>;
  /** Decides whom to tell and writes the outbox. */
  decideAlerts(
    tx: DigestTx,
    input: {
      projectId: number;
      now: number;
      errors: AppliedErrors;
      routeErrors: RouteErrorCount[];
      analyses: ReadonlyMap<number, Analysis>;
      publicUrl: string | null;
    },
  ): Promise<OutboxRow[]>;
}
