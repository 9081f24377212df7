import type { ErrorEvent, Severity } from "@gatewatch/protocol";
import { findKnownFailure } from "./known-failures.ts";
import type { KnownFailure } from "./known-failure.ts";
import { readSignals } from "./read-signals.ts";

/** From so many users on, an error of the system is everybody's. */
const WIDE_USERS = 100;
const SOME_USERS = 10;

/**
 * How grave an issue is. `critical` only by these rules: fatal to the process; data was lost or damaged, memory ran out or a breach
 * is reported (the catalogue says so); or a hundred users and more meet an error that is not of their own making.
 */
export function weighSeverity(
  event: ErrorEvent,
  failure: KnownFailure | undefined,
  reach: { users: number },
): { severity: Severity; reason: string } {
  if (event.level === "fatal" || (event.mechanism === "uncaughtException" && !event.handled))
    return { severity: "critical", reason: "it ended the process" };
  if (failure?.severity === "critical")
    return { severity: "critical", reason: `${withArticle(failure)} is always critical` };
  const ownMaking =
    failure?.category === "validation_error" || failure?.category === "ignorable" || isClientError(event);
  if (!ownMaking && reach.users >= WIDE_USERS) return { severity: "critical", reason: `${reach.users} users meet it` };
  const base = failure?.severity ?? (event.level === "warning" || isClientError(event) ? "low" : "medium");
  if (!ownMaking && base === "medium" && reach.users >= SOME_USERS)
    return { severity: "high", reason: `${reach.users} users meet it` };
  return {
    severity: base,
    reason: failure === undefined ? "by its level" : `usual for ${withArticle(failure)}`,
  };
}

/** The judge that grouping asks for each changed issue. */
export function assessSeverity(event: ErrorEvent, issue: { events: number; users: number }): Severity {
  for (const { signals } of readSignals(event)) {
    const known = findKnownFailure(signals);
    if (known !== undefined) return weighSeverity(event, known.failure, issue).severity;
  }
  return weighSeverity(event, undefined, issue).severity;
}

function withArticle({ name }: KnownFailure): string {
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name.replaceAll("-", " ")}`;
}

function isClientError(event: ErrorEvent): boolean {
  const status = event.request?.status;
  return status !== undefined && status >= 400 && status < 500;
}
