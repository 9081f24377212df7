import type { Attributes, CustomEvent, Json, MonitorSchedule } from "@gatewatch/protocol";
import { tryReadSchedule } from "./expect-run.ts";

/** What a client says of a run. */
export interface CheckIn {
  slug: string;
  environment: string;
  status: "in_progress" | "ok" | "error";
  /** Of the run; null: of the one that is under way. */
  id: string | null;
  durationS: number | null;
  /** Null: nothing is said of it, and what is known stays. */
  config: MonitorConfig | null;
  /** Of receipt: epoch milliseconds. */
  at: number;
}

export interface MonitorConfig {
  schedule: MonitorSchedule;
  marginMin: number;
  maxRuntimeMin: number;
  failureThreshold: number;
  recoveryThreshold: number;
}

const DEFAULT_ENVIRONMENT = "production";
/** As Sentry's documentation has them. */
const DEFAULT_MARGIN_MIN = 1;
const DEFAULT_RUNTIME_MIN = 30;
const MAX_MINUTES = 40_320;
const MAX_THRESHOLD = 720;
const LATEST = /^0+$/;
/** Any client may send an event of this name. */
const MAX_NAME = 200;
const MAX_DURATION_S = 1e9;

/** The check-in that an event stands for; undefined when it is none. */
export function tryReadCheckIn({ attributes = {} }: CustomEvent, environment: string | undefined, at: number) {
  const { monitor, status, checkIn, durationS } = attributes;
  if (typeof monitor !== "string" || monitor === "" || monitor.length > MAX_NAME) return undefined;
  if (status !== "in_progress" && status !== "ok" && status !== "error") return undefined;
  const id = typeof checkIn === "string" ? checkIn.slice(0, MAX_NAME).replaceAll("-", "").toLowerCase() : "";
  const named = attributes["environment"];
  const read: CheckIn = {
    slug: monitor,
    environment: isName(named) ? named : isName(environment) ? environment : DEFAULT_ENVIRONMENT,
    status,
    id: id === "" || LATEST.test(id) ? null : id,
    durationS: typeof durationS === "number" && durationS >= 0 && durationS <= MAX_DURATION_S ? durationS : null,
    config: tryReadConfig(attributes) ?? null,
    at,
  };
  return read;
}

/** A schedule that cannot be understood says nothing, as if it had not been sent. */
function tryReadConfig(attributes: Attributes): MonitorConfig | undefined {
  const { scheduleKind: kind, schedule: value, unit, timezone } = attributes;
  if ((kind !== "crontab" && kind !== "interval") || !isName(value)) return undefined;
  const schedule = tryReadSchedule({
    kind,
    value,
    unit: kind === "interval" && typeof unit === "string" ? unit : null,
    timezone: typeof timezone === "string" ? timezone : null,
  });
  if (schedule === undefined) return undefined;
  return {
    schedule,
    marginMin: wholeOf(attributes["marginMin"], MAX_MINUTES, DEFAULT_MARGIN_MIN),
    maxRuntimeMin: wholeOf(attributes["maxRuntimeMin"], MAX_MINUTES, DEFAULT_RUNTIME_MIN),
    failureThreshold: wholeOf(attributes["failureThreshold"], MAX_THRESHOLD, 1),
    recoveryThreshold: wholeOf(attributes["recoveryThreshold"], MAX_THRESHOLD, 1),
  };
}

function isName(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME;
}

/** A whole number from 1 to `most`; nothing is expected at once. */
function wholeOf(value: Json | undefined, most: number, otherwise: number): number {
  if (typeof value !== "number" || value < 1) return otherwise;
  return Math.min(Math.floor(value), most);
}
