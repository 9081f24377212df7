export type DetectErrorCode =
  | "unauthorized"
  | "rate_limit_exceeded"
  | "invalid_argument"
  | "network"
  | "timeout"
  | "invalid_answer"
  | (string & {});

interface DetectErrorFacts {
  code: DetectErrorCode;
  message: string;
  requestId?: string | undefined;
  status?: number | undefined;
  details?: unknown;
}

/** What went wrong with a call to the detection server; `code` is the server's own where it gave one. */
export class DetectError extends Error {
  readonly code: DetectErrorCode;
  /** Names the call in the server's log. */
  readonly requestId: string | undefined;
  /** Of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** The answer's parsed body. */
  readonly details: unknown;
  constructor({ code, message, requestId, status, details }: DetectErrorFacts) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.requestId = requestId;
    this.status = status;
    this.details = details;
  }
}

/** The key is missing, wrong, or not allowed to do this (401, 403). */
export class DetectAuthenticationError extends DetectError {}

/** Too many calls (429), and the retries are used up or `retryAfter` is too long to wait. */
export class DetectRateLimitError extends DetectError {
  /** Seconds; undefined when the server did not say. */
  readonly retryAfter: number | undefined;
  constructor(facts: DetectErrorFacts, retryAfter: number | undefined) {
    super(facts);
    this.retryAfter = retryAfter;
  }
}

/** The server does not take what was sent (400, 404, 409, 412, 413, 422). */
export class DetectValidationError extends DetectError {}

/** No answer: connection refused or cut, a name that does not resolve, or the time was over. */
export class DetectNetworkError extends DetectError {}

/** The error of an answer that is not 2xx. */
export function toDetectError(
  status: number,
  body: unknown,
  headers: { get(name: string): string | null },
  retryAfter: number | undefined,
): DetectError {
  const holder = isRecord(body) ? body : {};
  const error = isRecord(holder["error"]) ? holder["error"] : holder;
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const said = text(error["message"]);
  const facts: DetectErrorFacts = {
    code: text(error["code"]) ?? text(holder["error"]) ?? codeOf(status),
    message: `The detection server answered ${status}${said === undefined ? "" : `: ${said}`}`,
    requestId: text(error["request_id"]) ?? text(holder["request_id"]) ?? headers.get("x-request-id") ?? undefined,
    status,
    details: body,
  };
  if (status === 401 || status === 403) return new DetectAuthenticationError(facts);
  if (status === 429) {
    const inBody = error["retry_after_seconds"];
    return new DetectRateLimitError(facts, retryAfter ?? (typeof inBody === "number" ? inBody : undefined));
  }
  return status >= 400 && status < 500 ? new DetectValidationError(facts) : new DetectError(facts);
}

function codeOf(status: number): DetectErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limit_exceeded";
  return status >= 500 ? "internal" : status >= 400 ? "invalid_argument" : "invalid_answer";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
