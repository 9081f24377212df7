import { boundEvent, type DetectableEvent, type Verdict } from "@gatewatch/detect";
import type { AnomalyFinding, DetectAnswer, DetectedEvent, Json } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Clock } from "../model/clock.ts";
import type { AnomalyRecord } from "../model/anomaly.ts";
import type { DetectionEvent, JudgementOrder } from "../model/detection.ts";
import { cutEvent } from "./cut-event.ts";
import { type DiscoveryLedger, familyOf } from "./discovery-ledger.ts";
import type { EventStream } from "./event-stream.ts";
import { type EventStreams, REQUEST_STREAM } from "./event-streams.ts";
import type { RequestSampler } from "./request-sampler.ts";
import { createSlicer } from "./slice-work.ts";
import { boundScore } from "./stretch.ts";
import type { TallyBook } from "./tally-book.ts";

const MAX_FINDINGS = 8;
const MAX_SEEN_CHARACTERS = 200;
const MAX_WHY_CHARACTERS = 500;
const MAX_WAITING = 1_000;

/** A flagged event on its way into the store. */
export interface FlaggedEvent {
  stream: EventStream;
  atMs: number;
  /** As it is kept. */
  event: Json;
  normal: DetectableEvent | null;
  verdict: Verdict;
  level: number;
  told: boolean;
  discovery: AnomalyRecord["discovery"];
  findings: AnomalyFinding[];
  why: string;
}

/** What came of events that were judged together. */
export interface JudgedWhole {
  stream: EventStream;
  /** Normal events of the stream before these, as JSON, oldest first. */
  recent: string[];
  events: DetectionEvent[];
  /** `index`: the place among the events. */
  flagged: (FlaggedEvent & { index: number })[];
}

export interface EventJudgeDeps {
  streams: EventStreams;
  redactorOf(projectId: number): Promise<Redactor>;
  tallies: TallyBook;
  ledger: DiscoveryLedger;
  clock: Clock;
}

/** Judges events of streams, learns them, and keeps what is flagged until the next turn writes it. */
export class EventJudge {
  readonly #deps: EventJudgeDeps;
  readonly waiting: FlaggedEvent[] = [];
  readonly #slice = createSlicer();
  #judged = 0;
  #dropped = 0;

  constructor(deps: EventJudgeDeps) {
    this.#deps = deps;
  }

  stats(): { events: number; dropped: number } {
    return { events: this.#judged, dropped: this.#dropped };
  }

  /** A flagged event that is not kept. */
  noteDropped(): void {
    this.#dropped += 1;
  }

  /** Throws `invalid_request` when there is no room for the stream. */
  async judge(projectId: number, name: string, events: readonly Record<string, Json>[]): Promise<DetectAnswer> {
    const { stream, flagged } = await this.judgeWhole({ projectId, stream: name, events });
    const anomalies = flagged.map(({ index, verdict }): DetectedEvent => ({ index, ...describeVerdict(verdict) }));
    const { level, seen } = stream.record;
    return { stream: name, status: stream.state, level, seen, anomalies };
  }

  /** The same with the stream itself, the redacted events, and all that is known of the flagged ones. */
  async judgeWhole({ projectId, stream: name, events, level }: JudgementOrder): Promise<JudgedWhole> {
    const [redactor, stream] = await Promise.all([
      this.#deps.redactorOf(projectId),
      this.#deps.streams.open(projectId, name),
      this.#deps.ledger.open(),
    ]);
    const whole: JudgedWhole = { stream, recent: stream.recent.list(), events: [], flagged: [] };
    stream.users += 1;
    try {
      for (const [index, event] of events.entries()) {
        const redacted = redactor.redactValue(boundEvent(event));
        whole.events.push(redacted);
        const flagged = this.#take(stream, redacted, this.#deps.clock(), level);
        if (flagged !== null) whole.flagged.push({ ...flagged, index });
        await this.#slice();
      }
    } finally {
      stream.users -= 1;
    }
    return whole;
  }

  /** Judges what was sampled since the last time; what is left when the store fails waits for the next. */
  async judgeRequests(sampler: RequestSampler): Promise<void> {
    await this.#deps.ledger.open();
    for (let left = sampler.waiting; left > 0; left--) {
      await sampler.handOut(async ({ projectId, atMs, event }) => {
        // What the middleware sends was redacted twice before it was stored.
        this.#take(await this.#deps.streams.open(projectId, REQUEST_STREAM), event, atMs);
      });
      await this.#slice();
    }
  }

  #take(stream: EventStream, event: DetectableEvent, atMs: number, level = stream.record.level): FlaggedEvent | null {
    const { record } = stream;
    const verdict = stream.observe(event, atMs);
    this.#judged += 1;
    if (verdict.state === "calibrating") {
      stream.recent.add(JSON.stringify(event));
      return null;
    }
    record.judged += 1;
    const isFlagged = verdict.pValue <= level;
    const { projectId } = stream.subject;
    this.#deps.tallies.add(projectId, atMs, { judged: 1, expected: level, flagged: isFlagged ? 1 : 0 });
    const family = familyOf(record.stream);
    const { threshold, discovery } = this.#deps.ledger.decide(projectId, family, [verdict.pValue], atMs);
    const told = threshold !== null;
    if (!isFlagged) {
      stream.recent.add(JSON.stringify(event));
      return null;
    }
    record.flagged += 1;
    const findings = toFindings(verdict);
    const why = describeFindings(findings, verdict.pValue);
    const normal = stream.detector.nearestNormal(event);
    // Cut now: what waits may be as large as a request.
    const kept = cutEvent(event);
    const flagged = { stream, atMs, event: kept, normal, verdict, level, told, discovery, findings, why };
    if (this.waiting.length < MAX_WAITING) this.waiting.push(flagged);
    else this.#dropped += 1;
    return flagged;
  }
}

/** What is told of a flagged event. */
export function describeVerdict(verdict: Verdict): Omit<DetectedEvent, "index"> {
  const findings = toFindings(verdict);
  const { pValue, score, block } = verdict;
  return {
    pValue,
    score: boundScore(score),
    block: block === true,
    why: describeFindings(findings, pValue),
    findings,
  };
}

function toFindings(verdict: Verdict): AnomalyFinding[] {
  return verdict.findings.slice(0, MAX_FINDINGS).map(({ field, message, expected, seen, surprise }) => ({
    field: field.slice(0, MAX_SEEN_CHARACTERS),
    message: message.slice(0, MAX_WHY_CHARACTERS),
    expected: expected.slice(0, MAX_SEEN_CHARACTERS),
    seen: seen.slice(0, MAX_SEEN_CHARACTERS),
    surprise: surprise ?? 0,
  }));
}

function describeFindings(findings: readonly AnomalyFinding[], pValue: number): string {
  const [first, ...rest] = findings;
  if (first === undefined) return `Only ${pValue.toPrecision(2)} of the normal events are as unusual as this one.`;
  return rest.length === 0 ? first.message : `${first.message} (and ${rest.length} more)`;
}
