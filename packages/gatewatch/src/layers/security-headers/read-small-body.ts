import type { Exchange } from "../../gate/exchange.ts";

/** Text of a body, or why there is none. */
export type SmallBody = { text: string } | { refused: "too_large" | "too_slow" | "unreadable" };

export interface SmallBodyLimits {
  maxBytes: number;
  /** The whole body must have arrived by then. */
  deadlineMs: number;
}

/** What is needed of Node's request. */
interface NodeReadable {
  on(event: "data", listener: (chunk: unknown) => void): unknown;
  once(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: (chunk: unknown) => void): unknown;
  resume(): unknown;
  readableEnded?: boolean;
}

interface FetchReadable {
  body: ReadableStream<Uint8Array> | null;
}

/** Reads a request's body that the app will not read, on any platform. Never rejects. */
export async function readSmallBody(x: Exchange, limits: SmallBodyLimits): Promise<SmallBody> {
  const { request } = x.raw;
  try {
    if (isNodeReadable(request)) return await readNode(request, limits, x);
    if (isFetchReadable(request)) return await readFetch(request, limits);
  } catch {
    // A connection that breaks off, or a body that the app has already taken.
  }
  return { refused: "unreadable" };
}

function readNode(request: NodeReadable, { maxBytes, deadlineMs }: SmallBodyLimits, x: Exchange): Promise<SmallBody> {
  if (request.readableEnded === true) {
    const body = x.body();
    return Promise.resolve(body === undefined ? { refused: "unreadable" } : { text: asText(body) });
  }
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const finish = (result: SmallBody): void => {
      clearTimeout(timer);
      request.removeListener("data", take);
      // What still comes is thrown away, so that the connection stays usable.
      request.resume();
      resolve(result);
    };
    const take = (chunk: unknown): void => {
      const part = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      if (!(part instanceof Uint8Array)) return;
      bytes += part.byteLength;
      if (bytes > maxBytes) finish({ refused: "too_large" });
      else chunks.push(part);
    };
    const timer = setTimeout(() => finish({ refused: "too_slow" }), deadlineMs);
    request.once("end", () => finish({ text: Buffer.concat(chunks).toString("utf8") }));
    request.once("error", () => finish({ refused: "unreadable" }));
    request.once("close", () => finish({ refused: "unreadable" }));
    request.on("data", take);
  });
}

async function readFetch({ body }: FetchReadable, { maxBytes, deadlineMs }: SmallBodyLimits): Promise<SmallBody> {
  if (body === null) return { text: "" };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), deadlineMs);
  });
  try {
    let bytes = 0;
    let text = "";
    for (;;) {
      const step = await Promise.race([reader.read(), late]);
      if (step === "late") return { refused: "too_slow" };
      if (step.done) return { text: text + decoder.decode() };
      bytes += step.value.byteLength;
      if (bytes > maxBytes) return { refused: "too_large" };
      text += decoder.decode(step.value, { stream: true });
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
}

function asText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function isNodeReadable(value: unknown): value is NodeReadable {
  return typeof value === "object" && value !== null && "on" in value && "resume" in value && "once" in value;
}

function isFetchReadable(value: unknown): value is FetchReadable {
  return (
    typeof value === "object" && value !== null && "body" in value && (value.body === null || isStream(value.body))
  );
}

function isStream(value: unknown): boolean {
  return typeof value === "object" && value !== null && "getReader" in value;
}
