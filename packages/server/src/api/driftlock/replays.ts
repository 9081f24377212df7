import { hash } from "node:crypto";
import type { Clock } from "../../model/clock.ts";
import { ReplayMemo } from "./replay-memo.ts";
import type { DriftlockAnswer } from "./driftlock-route.ts";

/** An event that was judged under the client's own name for it. */
export interface KnownEvent {
  /** As the answer lists it; null when it was not flagged. */
  anomaly: { index: number } | null;
}

/** What is remembered of requests and events that may come twice. */
export interface Replays {
  answers: ReplayMemo<DriftlockAnswer>;
  events: ReplayMemo<KnownEvent>;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_EVENT_BYTES = 16 * 1024 * 1024;
/** Of a map entry with its key. */
const ENTRY_BYTES = 300;

export function createReplays(clock: Clock): Replays {
  const costOf = (value: object | null): number =>
    ENTRY_BYTES + (value === null ? 0 : JSON.stringify(value).length * 2);
  return {
    answers: new ReplayMemo({ maxCost: MAX_ANSWER_BYTES, costOf: ({ body }) => costOf(body), clock }),
    events: new ReplayMemo({ maxCost: MAX_EVENT_BYTES, costOf: ({ anomaly }) => costOf(anomaly), clock }),
  };
}

/** A short name for whatever a client calls a request or an event. */
export function nameReplay(...parts: (string | number | Uint8Array)[]): string {
  return hash("sha256", Buffer.concat(parts.map(toPart)), "base64url");
}

/** Parts are told apart by their lengths. */
function toPart(part: string | number | Uint8Array): Buffer {
  const bytes = Buffer.from(typeof part === "object" ? part : String(part));
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes]);
}
