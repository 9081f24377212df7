import { catchLater } from "../../gate/catch-later.ts";
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
  /** Called when the message cannot be made. */
  countFailure: () => void;
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
  const own = tryMakeMessage(x, refusal, settings);
  headers["Content-Type"] = own?.type ?? (wantsProblem(x, settings) ? PROBLEM_TYPE : JSON_TYPE);
  const body = own?.body ?? JSON.stringify(describeProblem(refusal, problem, route));
  return { status: refusal.status, headers, body };
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

/** A function that fails decides nothing: the request is refused all the same. */
function tryMakeMessage(
  x: Exchange,
  refusal: Refusal,
  { message, countFailure }: RefusalSettings,
): { type: string; body: string } | undefined {
  if (message === null) return undefined;
  try {
    const made: unknown =
      typeof message === "function" ? (message as (x: Exchange, refusal: Refusal) => unknown)(x, refusal) : message;
    if (typeof made === "string") return { type: TEXT_TYPE, body: made };
    catchLater(made, countFailure);
    const isBody = typeof made === "object" && made !== null && !(made instanceof Promise);
    const json: unknown = isBody ? JSON.stringify(made) : undefined;
    if (typeof json === "string") return { type: JSON_TYPE, body: json };
  } catch {
    countFailure();
  }
  return undefined;
}

function wantsProblem(x: Exchange, { problemJson }: RefusalSettings): boolean {
  return problemJson || (x.headers.get("accept")?.includes(PROBLEM_TYPE) ?? false);
}
