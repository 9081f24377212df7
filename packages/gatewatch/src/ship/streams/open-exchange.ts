import type { IncomingHttpHeaders, ClientRequest } from "node:http";
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { loadClient } from "../load-client.ts";
import { createOwnAgent } from "../own-agent.ts";
import { tryParseRetryAfter } from "../parse-retry-after.ts";
import type { Exchange, ExchangeAnswer } from "./exchange.ts";

/** A detector's state is at most 2 MB. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
const BYTES_TYPE = "application/octet-stream";
/** A token that is refused may be set right on the server. */
const REFUSED_FOR_MS = 600_000;

export interface ExchangeOptions {
  /** Base address of the server. */
  url: string;
  token: string;
  /** From the start to the last byte of the answer. */
  timeoutMs: number;
  clock: Clock;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

/** Exchanges states by `/api/streams/state`, under a name that this process has for its lifetime. */
export function openExchange({ url, token, timeoutMs, clock }: ExchangeOptions): Exchange {
  const replica = randomUUID();
  const base = new URL(url);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/api/streams/state`;
  base.search = base.hash = "";
  const agent = createOwnAgent(base.protocol, 1);
  const authorization = `Bearer ${token}`;

  function ask(address: URL, headers: Record<string, string>, body: Uint8Array | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request: ClientRequest = loadClient(address.protocol).request(address, {
        method: body === undefined ? "GET" : "POST",
        agent,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": String(body.length) }) },
      });
      const timer = clock.after(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      const fail = (error: Error): void => {
        timer.cancel();
        reject(error);
      };
      // Sharing must not keep a process from ending.
      request.on("socket", (socket) => socket.unref());
      request.on("error", fail);
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > MAX_ANSWER_BYTES) request.destroy(new Error("the answer is too long"));
        });
        response.on("error", fail);
        response.on("end", () => {
          timer.cancel();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) });
        });
        response.on("close", () => fail(new Error("the connection closed within the answer")));
      });
      request.end(body);
    });
  }

  return async ({ stream, delta, etag }) => {
    const address = new URL(base);
    address.searchParams.set("stream", stream);
    const headers: Record<string, string> = { authorization, accept: BYTES_TYPE };
    if (delta !== undefined) {
      address.searchParams.set("replica", replica);
      address.searchParams.set("sequence", String(delta.sequence));
      headers["content-type"] = BYTES_TYPE;
    } else if (etag !== undefined) headers["if-none-match"] = etag;
    return readAnswer(await ask(address, headers, delta?.bytes), clock.now());
  };
}

function readAnswer({ status, headers, bytes }: Answer, nowMs: number): ExchangeAnswer {
  switch (status) {
    case 200:
      return { kind: "state", snapshot: bytes, etag: headers.etag };
    case 304:
      return { kind: "same" };
    case 404:
      return { kind: "none" };
    case 400:
    case 413:
    case 415:
    case 422:
      return { kind: "refused" };
    case 401:
    case 403:
      return { kind: "retry", afterMs: REFUSED_FOR_MS };
  }
  return { kind: "retry", afterMs: tryParseRetryAfter(headers["retry-after"], nowMs) };
}
