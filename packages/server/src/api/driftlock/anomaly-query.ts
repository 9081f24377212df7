import type { AnomalyFeedback } from "@gatewatch/protocol";
import type { AnomalyQuery } from "../../model/anomaly.ts";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import type { Caller } from "./find-caller.ts";
import { findStreamName } from "./find-stream.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_OFFSET = 1_000_000;
const MAX_TOKEN = 200;

/** Feedback by the words for a status that clients of every age have. */
const STATUSES: Readonly<Record<string, Pick<AnomalyQuery, "feedback" | "feedbacks">>> = {
  new: { feedback: "none" },
  open: { feedback: "none" },
  acknowledged: { feedback: "confirmed" },
  viewed: { feedback: "confirmed" },
  resolved: { feedbacks: ["false_positive", "dismissed"] },
  archived: { feedbacks: ["false_positive", "dismissed"] },
};

/** The status of an anomaly: what people have said of it. */
export function statusOf(feedback: AnomalyFeedback | null): "new" | "acknowledged" | "resolved" {
  if (feedback === null) return "new";
  return feedback === "confirmed" ? "acknowledged" : "resolved";
}

/** Reads the filters of a list; `nothing` when no anomaly can fit. @throws ApiError `invalid_request` */
export async function parseAnomalyQuery(
  given: { get(name: string): string | null },
  caller: Caller,
  deps: Pick<ApiDeps, "store">,
): Promise<AnomalyQuery | "nothing"> {
  // Every anomaly is kept with the event and the findings that it rests on.
  if (read(given, "has_evidence", parseSwitch) === false) return "nothing";
  const wanted = pick(given, "stream_id");
  const stream =
    wanted === null && caller.boundTo === null ? undefined : await findStreamName(wanted ?? undefined, caller, deps);
  const status = pick(given, "status");
  if (status !== null && !Object.hasOwn(STATUSES, status))
    throw new ApiError("invalid_request", `status must be one of ${Object.keys(STATUSES).join(", ")}`);
  const from = read(given, "since", parseTime) ?? read(given, "from", parseTime);
  const to = read(given, "until", parseTime) ?? read(given, "to", parseTime);
  const token = pick(given, "page_token");
  return {
    projectId: caller.projectId,
    kind: "event",
    limit: Math.min(MAX_LIMIT, read(given, "limit", parseWhole(1, Number.MAX_SAFE_INTEGER)) ?? DEFAULT_LIMIT),
    ...(stream === undefined ? {} : { stream }),
    ...(status === null ? {} : STATUSES[status]),
    ...(from === undefined ? {} : { from }),
    // Up to and with the moment that is named.
    ...(to === undefined ? {} : { to: to + 1 }),
    ...optional("minNcd", read(given, "min_ncd", parseShare)),
    ...optional("maxPValue", read(given, "max_p_value", parseShare)),
    ...optional("offset", read(given, "offset", parseWhole(0, MAX_OFFSET))),
    ...(token === null ? {} : { cursor: token.slice(0, MAX_TOKEN) }),
  };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };
}

function pick(given: { get(name: string): string | null }, name: string): string | null {
  const value = given.get(name);
  return value === null || value.trim() === "" ? null : value.trim();
}

function read<Value>(
  given: { get(name: string): string | null },
  name: string,
  parse: (text: string) => Value | undefined,
): Value | undefined {
  const text = pick(given, name);
  if (text === null) return undefined;
  const value = parse(text);
  if (value === undefined)
    throw new ApiError("invalid_request", `${name} cannot be ${JSON.stringify(text.slice(0, 60))}`);
  return value;
}

function parseWhole(low: number, high: number): (text: string) => number | undefined {
  return (text) => {
    if (!/^\d{1,16}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= low && value <= high ? value : undefined;
  };
}

function parseShare(text: string): number | undefined {
  const value = Number(text);
  return /^[\d.eE+-]{1,40}$/.test(text) && value >= 0 && value <= 1 ? value : undefined;
}

function parseSwitch(text: string): boolean | undefined {
  return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : undefined;
}

/** RFC 3339, or seconds or milliseconds since 1970. */
function parseTime(text: string): number | undefined {
  if (/^\d{9,10}(?:\.\d{1,9})?$/.test(text)) return Math.floor(Number(text) * 1000);
  if (/^\d{12,13}$/.test(text)) return Number(text);
  const time =
    /^\d{4}-\d\d-\d\d/.test(text) && text.length <= 40 ? Date.parse(text.replace(/ (?=\d\d:\d\d$)/, "+")) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time);
}
