import { WIRE_LIMITS } from "@gatewatch/protocol";
import { EventProblem, wrongField } from "./event-problem.ts";

/** Greatest time that a JavaScript date can hold. */
const MAX_TIME = 8.64e15;
const DAY_MS = 86_400_000;

/** The time to store for an event, in whole epoch ms: times ahead of the clock become the time of receipt; NaN when it must be refused. */
export function settleTime(time: unknown, receivedAt: number): number {
  if (typeof time !== "number" || !(time >= 0) || time > MAX_TIME) return Number.NaN;
  if (time > receivedAt + WIRE_LIMITS.maxFutureMs) return receivedAt;
  if (time < receivedAt - WIRE_LIMITS.maxAgeMs) return Number.NaN;
  return Math.round(time);
}

/** Why `settleTime` refused. */
export function explainTime(time: unknown): EventProblem {
  if (typeof time !== "number" || !(time >= 0) || time > MAX_TIME)
    return wrongField("time", time, "epoch milliseconds");
  const days = WIRE_LIMITS.maxAgeMs / DAY_MS;
  return new EventProblem("too_old", `time lies more than ${days} days back; expected a newer event`);
}
