import { setTimeout as delay } from "node:timers/promises";
import type { BatchAnswer, StreamAnswer } from "@gatewatch/protocol";

/** Where a batch is sent. Resolves with true once it is acknowledged; false: try the same batch again. */
export interface BatchSender {
  send(id: string, text: string): Promise<boolean>;
  close(): void;
}

const TIMEOUT_MS = 5000;

/** Posts each batch to `/v1/events`. Any answer but an acknowledgement, 429 or 503 is a fault and throws. */
export function createHttpSender(url: string, token: string): BatchSender {
  return {
    async send(id, text) {
      let response: Response;
      let answer: unknown;
      try {
        response = await fetch(new URL("/v1/events", url), {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: text,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        answer = await response.json();
      } catch {
        return false;
      }
      if (response.status === 429 || response.status === 503) return false;
      const { batch, rejected } = answer as BatchAnswer;
      if (response.status !== 200 || batch !== id || rejected.length > 0)
        throw new Error(`HTTP ${response.status} for batch ${id}: ${JSON.stringify(answer)}`);
      return true;
    },
    close() {},
  };
}

/** Sends each batch as one frame on `/v1/stream`, opening the stream anew whenever it breaks. */
export function createStreamSender(url: string, token: string): BatchSender {
  let open: Promise<WebSocket> | undefined;
  const waiting = new Map<string, (acked: boolean | Error) => void>();
  const connect = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const socket = new WebSocket(new URL("/v1/stream", url), { headers: { authorization: `Bearer ${token}` } });
      socket.addEventListener("open", () => resolve(socket));
      socket.addEventListener("error", () => reject(new Error("the stream broke")));
      socket.addEventListener("close", () => {
        open = undefined;
        reject(new Error("the stream ended"));
        for (const settle of waiting.values()) settle(false);
        waiting.clear();
      });
      socket.addEventListener("message", ({ data }) => {
        const answer = JSON.parse(String(data)) as StreamAnswer;
        const id = "ack" in answer ? answer.ack : answer.nack;
        const settle = waiting.get(id);
        waiting.delete(id);
        if ("ack" in answer) settle?.(answer.rejected.length === 0 ? true : new Error(`rejected: ${String(data)}`));
        else
          settle?.(
            answer.retryAfterMs === undefined && answer.code !== "unavailable" ? new Error(String(data)) : false,
          );
      });
    });
  return {
    async send(id, text) {
      let socket: WebSocket;
      try {
        socket = await (open ??= connect());
      } catch {
        open = undefined;
        return false;
      }
      const result = await new Promise<boolean | Error>((resolve) => {
        const timer = setTimeout(() => settle(false), TIMEOUT_MS);
        const settle = (acked: boolean | Error) => {
          clearTimeout(timer);
          resolve(acked);
        };
        waiting.set(id, settle);
        socket.send(text);
      });
      if (result instanceof Error) throw result;
      return result;
    },
    close() {
      open?.then((socket) => socket.close()).catch(() => {});
    },
  };
}

/** Sends one batch again and again under its id until it is acknowledged; returns how many sends it took. */
export async function sendUntilAcked(sender: BatchSender, id: string, text: string): Promise<number> {
  for (let sends = 1; ; sends++) {
    if (await sender.send(id, text)) return sends;
    await delay(20);
  }
}
