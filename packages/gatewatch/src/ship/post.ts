import type { Agent, ClientRequest, IncomingHttpHeaders } from "node:http";
import type { Clock } from "./clock.ts";
import { loadClient } from "./load-client.ts";

export interface PostOptions {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
  agent: Agent;
  clock: Clock;
  /** From the start to the last byte of the answer. */
  timeoutMs: number;
  maxAnswerBytes: number;
}

export interface PostAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Cut at `maxAnswerBytes`. */
  text: string;
}

/** Posts once; rejects when there is no whole answer in time. Redirects are answers like any other. */
export async function post(options: PostOptions): Promise<PostAnswer> {
  try {
    return await attempt(options);
  } catch (error) {
    // A server may close an idle connection just as it is used again; that says nothing about the server.
    if (error instanceof StaleSocketError) return await attempt(options);
    throw error;
  }
}

class StaleSocketError extends Error {}

function attempt(options: PostOptions): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const request: ClientRequest = loadClient(options.url.protocol).request(options.url, {
      method: "POST",
      agent: options.agent,
      headers: { ...options.headers, "content-length": String(options.body.length) },
    });
    let answered = false;
    const timer = options.clock.after(options.timeoutMs, () =>
      request.destroy(new Error(`no answer within ${options.timeoutMs} ms`)),
    );
    request.on("socket", (socket) => socket.unref());
    request.on("error", (error: NodeJS.ErrnoException) => {
      timer.cancel();
      const stale = request.reusedSocket && !answered && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(stale ? new StaleSocketError(error.message) : error);
    });
    request.on("response", (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        if (bytes < options.maxAnswerBytes) chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > options.maxAnswerBytes * 2) request.destroy(new Error("the answer is too long"));
      });
      response.on("error", reject);
      response.on("end", () => {
        timer.cancel();
        const text = Buffer.concat(chunks).subarray(0, options.maxAnswerBytes).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
      response.on("close", () => {
        timer.cancel();
        reject(new Error("the connection closed within the answer"));
      });
    });
    request.end(options.body);
  });
}
