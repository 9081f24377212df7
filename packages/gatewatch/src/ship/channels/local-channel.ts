import type { FailureFacts, ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import type { Sink } from "../sink.ts";

/** What a channel is asked to tell. */
export type LocalNote = { kind: "failure"; facts: FailureFacts } | { kind: "threshold"; facts: ThresholdFacts };

export type NoteResult =
  | { ok: true }
  | {
      ok: false;
      message: string;
      /** Whether the same might succeed later. */
      retry: boolean;
      /** How long the other side wants to be left alone. */
      retryAfterMs?: number | undefined;
    };

/** A way to tell people, without a server. */
export interface LocalChannel extends Sink {
  /** Many errors of one kind; returns at once, never throws. */
  tellThreshold(facts: ThresholdFacts): void;
}
