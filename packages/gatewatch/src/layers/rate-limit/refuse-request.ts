import type { EarlyReply, Exchange } from "../../gate/exchange.ts";
import type { LimitMessage, Refusal } from "../../options/groups/rate-limit.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const PROBLEM_TYPE = "application/problem+json";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** Problem types of draft-ietf-httpapi-ratelimit-headers-10, section 7. */
const PROBLEMS = {
  quota: {
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
    title: "Request cannot be satisfied as assigned quota has been exceeded",
    error: "Rate limit exceeded",
  },
  abnormal: {
    type: "https://iana.org/assignments/http-problem-types#abnormal-usage-detected",
    title: "Request not satisfied due to detection of abnormal request pattern",
    error: "Rate limit exceeded",
  },
  capacity: {
    type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
    title: "Request cannot be satisfied due to temporary server capacity constraints",
    error: "Service unavailable",
  },
} as const;

export interface RefusalSettings {
  message: LimitMessage | null;
  problemJson: boolean;
}

/** The answer to a request over its limit. Its body is a problem document that also has the members `error` and `retry_after`. */
export function refuseRequest(
  x: Exchange,
  refusal: Refusal,
  problem: keyof typeof PROBLEMS,
  route: string | undefined,
  settings: RefusalSettings,
): EarlyReply {
  const headers: EarlyReply["headers"] = { "Retry-After": String(refusal.retryAfterSeconds) };
  const own = readMessage(x, refusal, settings.message);
  if (typeof own === "string") {
    headers["Content-Type"] = TEXT_TYPE;
    return { status: refusal.status, headers, body: own };
  }
  headers["Content-Type"] = own === undefined && wantsProblem(x, settings) ? PROBLEM_TYPE : JSON_TYPE;
  return { status: refusal.status, headers, body: JSON.stringify(own ?? describeProblem(refusal, problem, route)) };
}

/** The answer to an address on the deny list. */
export function refuseAddress(): EarlyReply {
  return { status: 403, headers: { "Content-Type": JSON_TYPE }, body: '{"error":"Forbidden"}' };
}

function describeProblem(refusal: Refusal, kind: keyof typeof PROBLEMS, route: string | undefined): object {
  const { type, title, error } = PROBLEMS[kind];
  return {
    error,
    retry_after: refusal.retryAfterSeconds,
    ...(route === undefined ? {} : { endpoint: route }),
    ...(kind === "capacity" ? {} : { limit: refusal.limit, window: refusal.windowMs / 1000 }),
    type,
    title,
    status: refusal.status,
    ...(kind === "quota" ? { "violated-policies": [refusal.policy] } : {}),
  };
}

function readMessage(x: Exchange, refusal: Refusal, message: LimitMessage | null): string | object | undefined {
  if (message === null) return undefined;
  if (typeof message !== "function") return message;
  const made = (message as (x: Exchange, refusal: Refusal) => unknown)(x, refusal);
  return typeof made === "string" || (typeof made === "object" && made !== null) ? made : undefined;
}

function wantsProblem(x: Exchange, { problemJson }: RefusalSettings): boolean {
  return problemJson || (x.headers.get("accept")?.includes(PROBLEM_TYPE) ?? false);
}
