import type { ErrorEvent, Severity } from "@gatewatch/protocol";
import { weighReach, type JudgedSeverity, type Reach } from "../../model/weigh-reach.ts";
import { findKnownFailure } from "./known-failures.ts";
import type { KnownFailure } from "./known-failure.ts";
import { readSignals } from "./read-signals.ts";

/**
 * How grave an issue is. `critical` only by these rules: fatal to the process; data was lost or damaged, memory ran out or a breach
 * is reported (the catalogue says so); or it reaches widely, as `weighReach` states, and is not of the clients' own making.
 */
export function weighSeverity(
  event: ErrorEvent,
  failure: KnownFailure | undefined,
  reach: Reach,
): { severity: Severity; reason: string } {
  const judged = judgeEvent(event, failure);
  const { severity, reason } = weighReach(judged, reach);
  return { severity, reason: reason ?? judged.reason };
}

/** The judge that grouping asks: how grave an event is in itself. */
export function judgeSeverity(event: ErrorEvent): JudgedSeverity {
  for (const { signals } of readSignals(event)) {
    const known = findKnownFailure(signals);
    if (known !== undefined) return judgeEvent(event, known.failure);
  }
  return judgeEvent(event, undefined);
}

function judgeEvent(event: ErrorEvent, failure: KnownFailure | undefined): JudgedSeverity & { reason: string } {
  if (event.level === "fatal" || (event.mechanism === "uncaughtException" && !event.handled))
    return { severity: "critical", widens: true, reason: "it ended the process" };
  if (failure?.severity === "critical")
    return { severity: "critical", widens: true, reason: `${withArticle(failure)} is always critical` };
  const isOwnMaking =
    failure?.category === "validation_error" || failure?.category === "ignorable" || isClientError(event);
  return {
    severity: failure?.severity ?? (event.level === "warning" || isClientError(event) ? "low" : "medium"),
    widens: !isOwnMaking,
    reason: failure === undefined ? "by its level" : `usual for ${withArticle(failure)}`,
  };
}

function withArticle({ name }: KnownFailure): string {
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name.replaceAll("-", " ")}`;
}

function isClientError(event: ErrorEvent): boolean {
  const status = event.request?.status;
  return status !== undefined && status >= 400 && status < 500;
}
