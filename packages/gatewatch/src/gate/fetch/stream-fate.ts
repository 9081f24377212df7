import type { BodyObserver } from "../body-plan.ts";
import type { FetchExchange } from "./fetch-exchange.ts";
import { isAfterAbort } from "./is-after-abort.ts";

/** Shows bytes to whoever observes; one that fails is left out from then on. */
export function tellChunk(x: FetchExchange, observers: readonly BodyObserver[], chunk: Uint8Array): void {
  for (const observer of observers) {
    try {
      observer.onChunk(chunk);
    } catch (error) {
      x.gate.guard.failed("body", "observe", error);
    }
  }
}

export function tellEnd(x: FetchExchange, observers: readonly BodyObserver[], complete: boolean): void {
  for (const observer of observers) {
    try {
      observer.onEnd(complete);
    } catch (error) {
      x.gate.guard.failed("body", "observe", error);
    }
  }
}

/** The app's stream failed; what follows from the client's disappearance is no failure of the app. */
export function failStream(x: FetchExchange, error: unknown): void {
  if (!isAfterAbort(x, error)) x.fail(error, "stream");
}

/** The server has read the last byte, or wants no more; a platform that tells the end itself knows better. */
export function endStream(x: FetchExchange, aborted: boolean): void {
  if (!aborted) x.isStreaming = false;
  const { outgoing, completed } = x.platform;
  if (outgoing === undefined && completed === undefined) x.finish(aborted);
}
