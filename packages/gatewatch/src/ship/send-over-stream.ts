import type { Batch, SendResult, Transport } from "./batch.ts";
import type { Clock, Timer } from "./clock.ts";
import { BEST_ENCODING, packBatch, type Encoding } from "./compress.ts";
import type { Logger } from "./logger.ts";
import { HandshakeRefused, openWebSocket, type OpenSocket } from "./open-web-socket.ts";
import { createOwnAgent } from "./own-agent.ts";
import { tryParseRetryAfter } from "./parse-retry-after.ts";
import { readRefusal, tryParseObject, tryReadAcceptance } from "./read-answer.ts";

export interface StreamTransportOptions {
  /** Address of `/v1/stream`. */
  url: URL;
  token: string | undefined;
  clock: Clock;
  /** For the handshake, and from a batch to its acknowledgement. */
  timeoutMs: number;
  /** Hears of connections that open and end. */
  logger: Logger;
}

/** `unavailable`: there is a server, but no WebSocket; another transport may work. */
export type StreamResult = SendResult | { kind: "unavailable"; message: string };

export interface StreamTransport extends Omit<Transport, "send"> {
  send(batch: Batch): Promise<StreamResult>;
}

/** Close code of RFC 6455, 7.4.1. */
const MESSAGE_TOO_BIG = 1009;

interface Waiting {
  settle(result: StreamResult): void;
  timer: Timer;
}

/** Batches over one WebSocket, opened when needed: text as it is, binary when compressed. Answers may come in any order. */
export function createStreamTransport(options: StreamTransportOptions): StreamTransport {
  const agent = createOwnAgent(options.url.protocol, 2);
  const waiting = new Map<string, Waiting>();
  let opening: Promise<OpenSocket> | undefined;
  let encoding: Encoding = BEST_ENCODING;
  let closed = false;

  function connect(): Promise<OpenSocket> {
    if (opening !== undefined) return opening;
    const attempt = openWebSocket({
      url: options.url,
      headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
      agent,
      clock: options.clock,
      timeoutMs: options.timeoutMs,
      onMessage: take,
      onClose(reason, code) {
        if (opening === attempt) opening = undefined;
        options.logger.debug?.(`The connection to ${options.url.origin} ended: ${reason}`);
        const alone = waiting.size === 1 && code === MESSAGE_TOO_BIG;
        failAll(alone ? { kind: "tooLarge", message: reason } : { kind: "retry", message: reason });
      },
    });
    opening = attempt;
    attempt.then(
      () => options.logger.debug?.(`Connected to ${options.url.origin}.`),
      () => {
        if (opening === attempt) opening = undefined;
      },
    );
    return attempt;
  }

  function failAll(result: StreamResult): void {
    for (const id of waiting.keys()) settle(id, result);
  }

  function settle(id: string, result: StreamResult): void {
    const entry = waiting.get(id);
    if (entry === undefined) return;
    waiting.delete(id);
    entry.timer.cancel();
    entry.settle(result);
  }

  function take(text: string): void {
    const answer = tryParseObject(text);
    if (typeof answer?.["ack"] === "string") {
      const id = answer["ack"];
      settle(
        id,
        tryReadAcceptance(answer, id, "ack") ?? { kind: "retry", message: "an acknowledgement without a count" },
      );
    } else if (typeof answer?.["nack"] === "string") {
      const refusal = readRefusal(String(answer["code"]), String(answer["message"] ?? ""), answer["retryAfterMs"]);
      if (answer["nack"] === "") takeNameless(`${String(answer["code"])}: a frame was not understood`);
      else settle(answer["nack"], refusal);
    }
  }

  /** A server that cannot unpack a frame does not know whose it is: everything goes again, unpacked. */
  function takeNameless(message: string): void {
    encoding = "identity";
    failAll({ kind: "retry", message });
  }

  async function send(batch: Batch): Promise<StreamResult> {
    let socket: OpenSocket;
    try {
      socket = await connect();
    } catch (error) {
      return judgeHandshake(error, options.clock.now());
    }
    const packed = await packBatch(batch, encoding);
    return await new Promise<StreamResult>((resolve) => {
      const timer = options.clock.after(options.timeoutMs, () => {
        settle(batch.id, { kind: "retry", message: `no acknowledgement within ${options.timeoutMs} ms` });
        // A peer that stalls once is not trusted with the batches behind it.
        socket.close();
      });
      waiting.set(batch.id, { settle: resolve, timer });
      const isSent = socket.send(packed.bytes, packed.encoding !== "identity");
      if (!isSent) settle(batch.id, { kind: "retry", message: "the connection is gone" });
    });
  }

  return {
    async send(batch) {
      if (closed) return { kind: "retry", message: "closed" };
      try {
        return await send(batch);
      } catch (error) {
        return { kind: "retry", message: error instanceof Error ? error.message : "failed" };
      }
    },
    close() {
      closed = true;
      opening?.then((socket) => socket.close()).catch(() => undefined);
      agent.destroy();
      failAll({ kind: "retry", message: "closed" });
    },
  };
}

function judgeHandshake(error: unknown, now: number): StreamResult {
  const message = error instanceof Error ? error.message : "the handshake failed";
  if (!(error instanceof HandshakeRefused)) return { kind: "retry", message };
  // 403 is what proxies answer that let no WebSocket through; where it is the token's, HTTP hears the same.
  if (error.status === 401) return { kind: "unauthorized", message };
  if (error.status === 429 || error.status === 503) {
    const afterMs = tryParseRetryAfter(error.retryAfter, now);
    return { kind: "retry", message, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  return { kind: "unavailable", message };
}
