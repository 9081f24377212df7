import type { Batch, SendResult, Transport } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { Encoding } from "./compress.ts";
import { BEST_ENCODING, packBatch } from "./compress.ts";
import { createOwnAgent } from "./own-agent.ts";
import { tryParseRetryAfter } from "./parse-retry-after.ts";
import type { PostAnswer } from "./post.ts";
import { post } from "./post.ts";
import { tryParseObject, tryReadAcceptance } from "./read-answer.ts";

export interface HttpTransportOptions {
  /** Address of `POST /v1/events`. */
  url: URL;
  token: string | undefined;
  clock: Clock;
  timeoutMs: number;
  maxInFlight: number;
}

const MAX_ANSWER_BYTES = 256 * 1024;

/** One compressed POST per batch. */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const agent = createOwnAgent(options.url.protocol, options.maxInFlight);
  let encoding: Encoding = BEST_ENCODING;

  async function send(batch: Batch): Promise<SendResult> {
    const packed = await packBatch(batch, encoding);
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (packed.encoding !== "identity") headers["content-encoding"] = packed.encoding;
    if (options.token !== undefined) headers["authorization"] = `Bearer ${options.token}`;
    const { url, clock, timeoutMs } = options;
    const answer = await post({
      url,
      headers,
      body: packed.bytes,
      agent,
      clock,
      timeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    if (answer.status === 415 && packed.encoding !== "identity") {
      encoding = packed.encoding === "zstd" ? "gzip" : "identity";
      delete batch.packed;
      return await send(batch);
    }
    return judge(answer, batch, clock.now());
  }

  return {
    send: (batch) => send(batch).catch((error: unknown) => ({ kind: "retry", message: describe(error) })),
    close: () => agent.destroy(),
  };
}

function judge(answer: PostAnswer, batch: Batch, now: number): SendResult {
  const { status, text } = answer;
  const message = `HTTP ${status} ${text.slice(0, 200)}`.trim();
  if (status === 200) {
    return (
      tryReadAcceptance(tryParseObject(text), batch.id, "batch") ?? {
        kind: "retry",
        message: `not an answer of Gatewatch: ${message}`,
      }
    );
  }
  switch (status) {
    case 401:
    case 403:
      return { kind: "unauthorized", message };
    case 413:
      return { kind: "tooLarge", message };
    case 400:
    case 415:
    case 422:
      return { kind: "refused", message };
  }
  const afterMs = tryParseRetryAfter(answer.headers["retry-after"], now);
  return { kind: "retry", message, suspect: status === 500, ...(afterMs === undefined ? {} : { afterMs }) };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return error.message === "" ? code : error.message;
}
