import { WIRE_LIMITS } from "@gatewatch/protocol";
import { settleTime } from "../event-time.ts";
import { parseTimeText } from "../parse-time-text.ts";

/** Above it a number can only be meant as milliseconds. */
const MAX_SECONDS = 1e11;
/** Clocks that are less wrong are left as they are: the way of a request takes time too. */
const MIN_DRIFT_MS = 60_000;

/** Epoch milliseconds of RFC 3339 (without a zone: UTC) or of epoch seconds; undefined when it is neither. */
export function tryParseTime(value: unknown): number | undefined {
  if (typeof value === "number") {
    if (!Number.isFinite(value) || value < 0) return undefined;
    return value > MAX_SECONDS ? value : value * 1000;
  }
  if (typeof value !== "string" || value.length > 40 || value === "") return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return tryParseTime(Number(value));
  const time = parseTimeText(value);
  return Number.isNaN(time) || time < 0 ? undefined : time;
}

/** What has to be added to a client's times, by the time at which it says that it sent them. */
export function driftOf(sentAt: unknown, receivedAt: number): number {
  const sent = tryParseTime(sentAt);
  if (sent === undefined || Math.abs(receivedAt - sent) < MIN_DRIFT_MS) return 0;
  return receivedAt - sent;
}

/** The time to store: without one that of receipt; too old ones become the oldest that is taken. */
export function settleSentryTime(value: unknown, receivedAt: number, drift: number): number {
  const time = tryParseTime(value);
  if (time === undefined) return receivedAt;
  const settled = settleTime(Math.max(0, time + drift), receivedAt);
  return Number.isNaN(settled) ? receivedAt - WIRE_LIMITS.maxAgeMs : settled;
}
