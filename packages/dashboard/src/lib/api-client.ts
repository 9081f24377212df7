import type { ErrorBody, Json } from "@gatewatch/protocol";
import { parseAnswer } from "./parse-answer.ts";

/** What the server answered when it did not answer well. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  /** What the server adds for programs. */
  readonly details: Json | undefined;
  constructor(status: number, code: string, message: string, requestId?: string, details?: Json) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.details = details;
  }
}

interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
}

const strangerListeners = new Set<() => void>();

/** Runs `listener` each time the server says that nobody is signed in; returns the way to stop. */
export function onStranger(listener: () => void): () => void {
  strangerListeners.add(listener);
  return () => strangerListeners.delete(listener);
}

/** One call to the own server; throws `ApiFailure`, also when the server cannot be reached (status 0). */
export async function callApi<T>(path: string, call: Call = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: call.method ?? "GET",
      credentials: "same-origin",
      headers: { accept: "application/json", ...(call.body !== undefined && { "content-type": "application/json" }) },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(call.signal && { signal: call.signal }),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiFailure(0, "unreachable", "The Gatewatch server does not answer. Is it running?");
  }
  const text = await response.text();
  const body = parseBody(text);
  if (response.ok) return body as T;
  const error = (body as Partial<ErrorBody> | null)?.error;
  if (response.status === 401) for (const listener of strangerListeners) listener();
  throw new ApiFailure(
    response.status,
    error?.code ?? "unexpected",
    error?.message ?? `The server answered ${response.status} without a reason.`,
    error?.requestId,
    error?.details,
  );
}

function parseBody(text: string): unknown {
  if (text === "") return null;
  try {
    return parseAnswer(text);
  } catch {
    return null;
  }
}
