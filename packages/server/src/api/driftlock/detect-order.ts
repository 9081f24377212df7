import type { Json, ProfileName } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import type { DetectionEvent } from "../../model/detection.ts";
import { parseProfile } from "./profiles.ts";

type Fields = Record<string, unknown>;

export const MAX_EVENTS = 1_000;
const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_KEY_CHARACTERS = 200;
const MAX_NAME_CHARACTERS = 40;
/** What a client means that overrides only some of the sizes. */
const USUAL = { baseline_size: 400, window_size: 50, hop_size: 10 };
/** Facts of the delivery, which would look new in every event. */
const DELIVERY = ["idempotency_key", "sequence"];

/** Settings of one request. */
export interface Overrides {
  p_value_threshold?: number;
  ncd_threshold?: number;
  baseline_size?: number;
  window_size?: number;
  hop_size?: number;
  permutation_count?: number;
  compressor?: string;
}

export interface DetectOrder {
  events: DetectionEvent[];
  /** By event: the client's own name for it, the same in a retry. */
  keys: (string | null)[];
  profile: ProfileName | null;
  overrides: Overrides;
}

/** @param size bytes of the whole body @throws ApiError `invalid_request` in the words of this protocol */
export function parseDetectOrder(body: Fields, size: number, maxEvents = MAX_EVENTS): DetectOrder {
  const { profile, config_override: overrides } = body;
  return {
    ...parseEvents(body["events"], size, maxEvents),
    profile: profile === undefined || profile === null ? null : parseProfile(profile, "profile"),
    overrides: parseOverrides(overrides),
  };
}

/** @throws ApiError `invalid_request` */
export function parseEvents(
  events: unknown,
  size: number,
  maxEvents = MAX_EVENTS,
): Pick<DetectOrder, "events" | "keys"> {
  if (!Array.isArray(events) || events.length === 0) throw invalid("events required");
  if (events.length > maxEvents) throw invalid(`too many events: max ${maxEvents} per request`);
  const keys = events.map((event: unknown, index) => {
    if (event === null || event === undefined) throw invalid(`event ${index} is empty`);
    // Bodies of this size were found to be shallow, so that writing an event again cannot overflow.
    if (size > MAX_EVENT_BYTES && JSON.stringify(event).length > MAX_EVENT_BYTES)
      throw invalid(`event ${index} is larger than 1 MiB`);
    const key = isFields(event) ? event["idempotency_key"] : undefined;
    return typeof key === "string" && key !== "" && key.length <= MAX_KEY_CHARACTERS ? key : null;
  });
  return { events: events.map(toEvent), keys };
}

/** What is no object is judged as the field of one. */
function toEvent(event: unknown): DetectionEvent {
  // It came as JSON.
  if (!isFields(event)) return { value: event as Json };
  if (!DELIVERY.some((name) => name in event)) return event as DetectionEvent;
  return Object.fromEntries(Object.entries(event).filter(([name]) => !DELIVERY.includes(name))) as DetectionEvent;
}

function parseOverrides(given: unknown): Overrides {
  if (given === undefined || given === null) return {};
  if (!isFields(given)) throw invalid("config_override must be an object");
  const overrides: Overrides = {};
  const read = (name: Exclude<keyof Overrides, "compressor">, low: number, high: number, isWhole: boolean): void => {
    const value = given[name];
    if (value === undefined || value === null) return;
    if (typeof value !== "number" || value < low || value > high || (isWhole && !Number.isInteger(value)))
      throw invalid(`${name} must be ${isWhole ? "a whole number" : "a number"} from ${low} to ${high}`);
    overrides[name] = value;
  };
  read("baseline_size", 10, 10_000, true);
  read("window_size", 1, 1_000, true);
  read("hop_size", 1, 1_000, true);
  read("permutation_count", 1, 10_000, true);
  read("ncd_threshold", 0, 1, false);
  read("p_value_threshold", 0, 1, false);
  if (overrides.p_value_threshold === 0) throw invalid("p_value_threshold must be above 0: no p-value is 0");
  checkSizes(overrides);
  const { compressor } = given;
  if (compressor === undefined || compressor === null) return overrides;
  if (typeof compressor !== "string" || compressor === "") throw invalid("compressor must be the name of one");
  return { ...overrides, compressor: compressor.toLowerCase().slice(0, MAX_NAME_CHARACTERS) };
}

function checkSizes(overrides: Overrides): void {
  if (["baseline_size", "window_size", "hop_size"].every((name) => !(name in overrides))) return;
  const { baseline_size: baseline, window_size: window, hop_size: hop } = { ...USUAL, ...overrides };
  if (window > baseline) throw invalid("window_size must not be larger than baseline_size");
  if (hop > window) throw invalid("hop_size must not be larger than window_size");
  if (baseline + 3 * window > MAX_EVENTS)
    throw invalid(`baseline_size and three times window_size must not exceed ${MAX_EVENTS}`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(message: string): ApiError {
  return new ApiError("invalid_request", message);
}
