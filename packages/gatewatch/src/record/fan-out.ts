import type { ErrorEvent, GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import { catchLater } from "../gate/catch-later.ts";
import type { Clock, Timer } from "../ship/clock.ts";
import type { AddressView } from "./address-view.ts";
import type { Sink } from "../ship/sink.ts";
import type { SinkBinding } from "./recorder-options.ts";

/** All destinations as one; each sees as much of the client's address as its policy allows. */
export interface FanOut {
  push(event: GatewatchEvent, address: string | undefined): void;
  flush(deadlineMs: number): Promise<boolean>;
  /** The same, but only for the sinks that are awaited. */
  deliver(deadlineMs: number): Promise<boolean>;
  close(deadlineMs: number): Promise<void>;
}

/** A sink that fails takes nothing from the others. `onFailure` hears of it. */
export function createFanOut(
  bindings: readonly SinkBinding[],
  viewAddress: AddressView,
  clock: Clock,
  onFailure: (sink: string, error: unknown) => void,
): FanOut {
  const targets = bindings.map(({ sink, clientAddress = "hash" }) => ({ sink, policy: clientAddress }));
  const every = bindings.map(({ sink }) => sink);
  const awaited = bindings.filter(({ isAwaited = true }) => isAwaited).map(({ sink }) => sink);
  const policies = [...new Set(targets.map(({ policy }) => policy))];

  async function all<T>(
    chosen: readonly Sink[],
    deadlineMs: number,
    run: (sink: Sink) => Promise<T>,
    fallback: T,
  ): Promise<T[]> {
    const attempts = chosen.map(async (sink) => {
      try {
        return await run(sink);
      } catch (error) {
        onFailure(sink.name, error);
        return fallback;
      }
    });
    let timer: Timer | undefined;
    // Started after the sinks' own timers, so that it ends only those that do not keep to the deadline.
    const late = new Promise<T>((resolve) => (timer = clock.after(deadlineMs, () => resolve(fallback), true)));
    const results = await Promise.all(attempts.map((attempt) => Promise.race([attempt, late])));
    timer?.cancel();
    return results;
  }

  async function flush(chosen: readonly Sink[], deadlineMs: number): Promise<boolean> {
    return (await all(chosen, deadlineMs, (sink) => sink.flush(deadlineMs), false)).every(Boolean);
  }

  return {
    push(event, address) {
      for (const policy of policies) {
        const seen = withAddress(event, viewAddress(policy, address), policies.length === 1);
        for (const target of targets) {
          if (target.policy !== policy) continue;
          try {
            const result: unknown = target.sink.push(seen);
            catchLater(result, (error) => onFailure(target.sink.name, error));
          } catch (error) {
            onFailure(target.sink.name, error);
          }
        }
      }
    },
    flush: (deadlineMs) => flush(every, deadlineMs),
    deliver: (deadlineMs) => flush(awaited, deadlineMs),
    close: async (deadlineMs) => void (await all(every, deadlineMs, (sink) => sink.close(deadlineMs), undefined)),
  };
}

/** The event as seen under a policy; `mayChange` saves the copy when nobody else sees the event. */
export function withAddress<T extends GatewatchEvent>(event: T, client: string | undefined, mayChange: boolean): T {
  if (client === undefined) return event;
  if (event.type === "request") {
    const seen: RequestEvent = mayChange ? event : { ...event };
    seen.client = client;
    return seen as T;
  }
  if (event.type === "error" && event.request !== undefined) {
    const seen: ErrorEvent = { ...event, request: { ...event.request, client } };
    return seen as T;
  }
  return event;
}
