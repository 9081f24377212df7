import { PROFILES, type ProfileName } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";

/** The mark that this school sets its distance at, by profile; figures are shown beside it, and it decides nothing. */
export const NCD_MARKS: Readonly<Record<ProfileName, number>> = { sensitive: 0.2, balanced: 0.3, strict: 0.45 };
/** The most earlier events that the figures compare with; the server remembers no more of a stream. */
export const BASELINE_EVENTS = 64;
/** Each event is judged, and measured, by itself. */
export const WINDOW_EVENTS = 1;

const DESCRIPTIONS: Readonly<Record<ProfileName, string>> = {
  sensitive: "Flags about 1 normal event in 100",
  balanced: "Flags about 1 normal event in 1,000",
  strict: "Flags about 1 normal event in 10,000",
};

export interface Thresholds {
  ncd_threshold: number;
  /** The false-alarm rate: what decides. */
  pvalue_threshold: number;
  baseline_size: number;
  window_size: number;
}

export function thresholdsOf(profile: ProfileName, level: number): Thresholds {
  return {
    ncd_threshold: NCD_MARKS[profile],
    pvalue_threshold: level,
    baseline_size: BASELINE_EVENTS,
    window_size: WINDOW_EVENTS,
  };
}

/** All profiles by name. */
export function describeProfiles(levels: Readonly<Record<ProfileName, number>>): Record<ProfileName, object> {
  const entries = PROFILES.map((name) => [
    name,
    { name, description: DESCRIPTIONS[name], ...thresholdsOf(name, levels[name]), decided_by: "p_value" },
  ]);
  return Object.fromEntries(entries) as Record<ProfileName, object>;
}

/** @throws ApiError `invalid_request` */
export function parseProfile(value: unknown, field: string): ProfileName {
  const found = PROFILES.find((name) => name === value);
  if (found !== undefined) return found;
  throw new ApiError("invalid_request", `${field} must be one of ${PROFILES.join(", ")}`);
}
