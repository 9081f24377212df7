import { DetectError, DetectNetworkError, toDetectError } from "./detect-errors.ts";

export interface CallSettings {
  /** Without a slash at the end. */
  baseUrl: string;
  /** The header that proves who asks. */
  credential: Readonly<Record<string, string>>;
  /** One attempt, its answer included. */
  timeoutMs: number;
  maxRetries: number;
  retryDelayMs: number;
  maxRetryDelayMs: number;
  fetch: typeof fetch;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
  log: ((message: string) => void) | undefined;
}

export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** From `/v1` or `/api` on, with the query. */
  path: string;
  body?: unknown;
  /** One attempt, its answer included; overrides the client's. */
  timeoutMs?: number | undefined;
  /** Overrides the client's. */
  maxRetries?: number | undefined;
  /** Statuses beyond 2xx that are answers as well. */
  isAnswer?: (status: number) => boolean;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** One call with its retries; the parsed answer. Waits grow exponentially with jitter, and `Retry-After` is heeded. @throws DetectError */
export async function callServer(settings: CallSettings, call: Call): Promise<unknown> {
  const { maxRetries = settings.maxRetries } = call;
  // The same for all attempts: a repeated batch is not learned twice.
  const requestId = crypto.randomUUID();
  const body = call.body === undefined ? undefined : serialise(call.body, requestId);
  for (let attempt = 0; ; attempt++) {
    const result = await attemptOnce(settings, call, body, requestId);
    if (!("error" in result)) return result.answer;
    const { error, isWorthRetrying, retryAfterMs } = result;
    const isTooLong = retryAfterMs !== undefined && retryAfterMs > settings.maxRetryDelayMs;
    settings.log?.(`${call.method} ${call.path} failed (${error.code}), attempt ${attempt + 1}`);
    if (!isWorthRetrying || isTooLong || attempt >= maxRetries) throw error;
    const backoffMs = Math.min(settings.maxRetryDelayMs, settings.retryDelayMs * 2 ** attempt);
    await settings.sleep(retryAfterMs ?? backoffMs * (0.5 + settings.random() / 2));
  }
}

type Attempt = { answer: unknown } | { error: DetectError; isWorthRetrying: boolean; retryAfterMs: number | undefined };

async function attemptOnce(
  settings: CallSettings,
  { method, path, timeoutMs = settings.timeoutMs, isAnswer }: Call,
  body: string | undefined,
  requestId: string,
): Promise<Attempt> {
  const controller = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  try {
    const response = await settings.fetch(settings.baseUrl + path, {
      method,
      headers: headersOf(settings.credential, body, requestId),
      body: body ?? null,
      // The key must not follow to another host.
      redirect: "manual",
      signal: controller.signal,
    });
    const text = await readText(response);
    if (text === undefined) return refuseAnswer("is longer than 16 MiB", requestId, response.status);
    return readAnswer(response, text, requestId, isAnswer);
  } catch (error) {
    const message = isLate
      ? `The detection server did not answer within ${timeoutMs} ms`
      : `The detection server could not be reached: ${describe(error)}`;
    const code = isLate ? "timeout" : "network";
    return {
      error: new DetectNetworkError({ code, message, requestId }),
      isWorthRetrying: true,
      retryAfterMs: undefined,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined for an answer that is larger than any of a detection server. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function readAnswer(
  response: Response,
  text: string,
  requestId: string,
  isAnswer: ((status: number) => boolean) | undefined,
): Attempt {
  const { status, headers } = response;
  const answer = tryParse(text);
  if (status >= 200 && status < 300 ? answer !== undefined : isAnswer?.(status) === true) return { answer };
  if (status >= 200 && status < 300) return refuseAnswer("is not JSON", requestId, status);
  const retryAfterMs = readRetryAfterMs(headers.get("retry-after"));
  const seconds = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000);
  const error = toDetectError(status, answer, headers, seconds);
  return { error, isWorthRetrying: status === 429 || status >= 500, retryAfterMs };
}

function refuseAnswer(why: string, requestId: string, status: number): Attempt {
  const facts = { code: "invalid_answer", message: `The detection server's answer ${why}`, requestId, status };
  return { error: new DetectError(facts), isWorthRetrying: false, retryAfterMs: undefined };
}

function headersOf(
  credential: CallSettings["credential"],
  body: string | undefined,
  requestId: string,
): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json", "x-request-id": requestId, ...credential };
  if (body !== undefined) headers["content-type"] = "application/json";
  return headers;
}

function serialise(body: unknown, requestId: string): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    const message = `The events cannot be written as JSON: ${describe(error)}`;
    throw new DetectError({ code: "invalid_argument", message, requestId });
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** RFC 9110, section 10.2.3. */
function readRetryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  return error.cause instanceof Error ? error.cause.message : error.message;
}
