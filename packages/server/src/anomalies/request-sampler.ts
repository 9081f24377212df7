import type { LiveRequest } from "@gatewatch/protocol";
import type { DetectableEvent } from "@gatewatch/detect";
import type { Clock } from "../model/clock.ts";
import type { DigestNotice } from "../model/live.ts";

const MAX_PER_SECOND = 50;
const MAX_WAITING = 1_000;
const MAX_PROJECTS = 1_000;

export interface SampledRequest {
  projectId: number;
  atMs: number;
  event: DetectableEvent;
}

/** A bounded sample of the requests of each project, so that a single odd one is found with nothing configured. */
export class RequestSampler {
  readonly #clock: Clock;
  readonly #allowances = new Map<number, { left: number; atMs: number }>();
  readonly #waiting: SampledRequest[] = [];
  #passedOver = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Requests that were not sampled since the start. */
  get passedOver(): number {
    return this.#passedOver;
  }

  take({ projectId, requests, skipped }: DigestNotice): void {
    const room = Math.min(this.#allow(projectId), MAX_WAITING - this.#waiting.length, requests.length);
    this.#passedOver += requests.length - room + skipped;
    this.#spend(projectId, room);
    for (let i = 0; i < room; i++) {
      const row = requests[Math.floor((i * requests.length) / room)]!;
      this.#waiting.push({ projectId, atMs: row.time, event: describeRequest(row) });
    }
  }

  /** Number of those that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Hands out the one that has waited longest; one that cannot be taken is passed over. */
  async handOut(take: (request: SampledRequest) => Promise<void>): Promise<void> {
    const request = this.#waiting.shift();
    if (request === undefined) return;
    try {
      await take(request);
    } catch (error) {
      this.#passedOver += 1;
      throw error;
    }
  }

  #allow(projectId: number): number {
    const now = this.#clock();
    const known = this.#allowances.get(projectId);
    const left =
      known === undefined
        ? MAX_PER_SECOND
        : Math.min(MAX_PER_SECOND, known.left + (Math.max(0, now - known.atMs) / 1000) * MAX_PER_SECOND);
    this.#allowances.delete(projectId);
    this.#allowances.set(projectId, { left, atMs: now });
    if (this.#allowances.size > MAX_PROJECTS) this.#allowances.delete(this.#allowances.keys().next().value!);
    return Math.floor(left);
  }

  #spend(projectId: number, count: number): void {
    this.#allowances.get(projectId)!.left -= count;
  }
}

/** A finished request under the names that the middleware gives to its own. */
function describeRequest({
  method,
  path,
  route,
  status,
  durationMs,
  userId,
  client,
  time,
}: LiveRequest): DetectableEvent {
  const attributes = { ...(userId === null ? {} : { user_id: userId }), ...(client === null ? {} : { client }) };
  return {
    type: "http_request",
    timestamp: new Date(time).toISOString(),
    body: { method, path, ...(route === null ? {} : { route }), status_code: status, latency_ms: durationMs },
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}
