import type { Breadcrumb, ErrorEvent, ErrorMechanism } from "@gatewatch/protocol";
import type { Exchange, Outcome } from "../gate/exchange.ts";
import type { Fact } from "../gate/fact.ts";

/** Turns what the layers see into redacted events and hands them to the sinks. Never throws. */
export interface Recorder {
  /** The finished exchange as a request event. */
  recordRequest(x: Exchange, outcome: Outcome): void;
  /**
   * An exception, once per error object: the second call for the same object returns the first one's id.
   * Inside an exchange the event is completed and pushed when the exchange ends (user, route and status are known then), at the
   * latest after 2 s, and at once when the process is about to die. Returns the event's id.
   */
  recordError(error: unknown, mechanism: ErrorMechanism, x: Exchange | undefined): string;
  /** Completes and pushes what `recordError` held back for this exchange. */
  finishErrors(x: Exchange, outcome: Outcome): void;
  /** What the app says by itself, as an event of the request that it belongs to. */
  recordFact(fact: Fact, x: Exchange | undefined): void;
  addBreadcrumb(crumb: Breadcrumb, x: Exchange | undefined): void;
  /** The redacted event of an error, for the local log; undefined when it was not captured. Things that are not objects are found by their exchange. */
  eventOf(error: unknown, x?: Exchange): ErrorEvent | undefined;
  /** True when everything recorded has left, false at the latest after `deadlineMs`: one deadline for all that is waited for. */
  flush(deadlineMs: number): Promise<boolean>;
  /** Flushes, then closes the sinks, within the same one `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}
