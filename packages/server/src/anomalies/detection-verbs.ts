import { boundEvent, PROFILE_LEVELS } from "@gatewatch/detect";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Clock } from "../model/clock.ts";
import type { DetectionEvent, DetectionVerbs, JudgedEvent } from "../model/detection.ts";
import { computeCompression, COMPRESSORS } from "./compression-figures.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { describeVerdict, type EventJudge } from "./judge-events.ts";
import { createSlicer } from "./slice-work.ts";

export interface DetectionParts {
  judge: EventJudge;
  kit: Pick<DetectorKit, "needs" | "createEvents">;
  redactorOf(projectId: number): Promise<Redactor>;
  clock: Clock;
}

/** What protocols ask that show more than a verdict. */
export function createDetectionVerbs({ judge, kit, redactorOf, clock }: DetectionParts): DetectionVerbs {
  const builtIn = createRedactor();
  const slice = createSlicer();
  const neededOf = (state: "calibrating" | "ready", seen: number): number =>
    state === "ready" ? 0 : Math.max(1, kit.needs.events - seen);

  return {
    compressors: COMPRESSORS,
    profileLevels: PROFILE_LEVELS,
    measureCompression: computeCompression,
    async redactEvents(projectId, events) {
      const redactor = await redactorOf(projectId);
      const redacted: DetectionEvent[] = [];
      for (const event of events) {
        redacted.push(redactor.redactValue(boundEvent(event)));
        await slice();
      }
      return redacted;
    },
    async judgeInDetail(order) {
      const { stream, recent, events, flagged } = await judge.judgeWhole(order);
      const { level, seen } = stream.record;
      return {
        status: stream.state,
        level: order.level ?? level,
        seen,
        needed: neededOf(stream.state, seen),
        drift: stream.detector.stats.drift,
        events,
        recent,
        latest: stream.recent.list(),
        anomalies: flagged.map(({ index, atMs, verdict }) => ({ index, atMs, ...describeVerdict(verdict) })),
      };
    },
    async judgeAside(events, level) {
      const detector = kit.createEvents({ profile: "sensitive" });
      const redacted: DetectionEvent[] = [];
      const anomalies: JudgedEvent[] = [];
      let status: "calibrating" | "ready" = "calibrating";
      for (const [index, given] of events.entries()) {
        const atMs = clock();
        const event = builtIn.redactValue(boundEvent(given));
        redacted.push(event);
        const verdict = detector.observe(event, atMs);
        status = verdict.state;
        if (status === "ready" && verdict.pValue <= level) anomalies.push({ index, atMs, ...describeVerdict(verdict) });
        await slice();
      }
      const { length: seen } = events;
      const { drift } = detector.stats;
      return { status, level, seen, needed: neededOf(status, seen), drift, events: redacted, anomalies };
    },
  };
}
