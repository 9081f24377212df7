import { hash } from "node:crypto";
import type { ErrorEvent } from "@gatewatch/protocol";
import type { MonitorRecord } from "../model/client-records.ts";
import type { RunFailure } from "./advance-monitor.ts";

const WORDS: Readonly<Record<RunFailure, string>> = {
  failed: "failed",
  missed: "missed a run",
  overrun: "ran for too long",
};

/** The error of a run that went wrong; one issue for each monitor and environment. `key` tells it from every other one. */
export function makeMonitorError(
  monitor: MonitorRecord,
  failure: RunFailure,
  { at, key, expectedAt }: { at: number; key: string; expectedAt: number | null },
): ErrorEvent {
  const { projectId, slug, environment, schedule, lastDurationS, failures } = monitor;
  return {
    type: "error",
    id: hash("sha256", `${projectId} ${slug} ${environment} ${key}`).slice(0, 32),
    time: at,
    level: "error",
    handled: true,
    mechanism: "manual",
    fingerprint: ["gatewatch.monitor", slug, environment],
    exceptions: [{ type: "MonitorFailure", message: `${slug} in ${environment} ${WORDS[failure]}`, frames: [] }],
    attributes: {
      monitor: slug,
      environment,
      failure,
      failuresInARow: failures,
      ...(schedule === null ? {} : { schedule: [schedule.value, schedule.unit].filter(Boolean).join(" ") }),
      ...(failure === "missed" && expectedAt !== null ? { expectedAt: new Date(expectedAt).toISOString() } : {}),
      ...(failure === "failed" && lastDurationS !== null ? { durationS: lastDurationS } : {}),
    },
  };
}
