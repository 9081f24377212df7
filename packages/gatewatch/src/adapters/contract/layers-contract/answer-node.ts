import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import type { AppAnswer, AppCall } from "./target.ts";

/** The call of a handler by Node's own request. */
export function callOf(request: IncomingMessage, id: string): AppCall {
  return { gatewatch: request.gatewatch, id, readText: () => text(request) };
}

/** Sends an answer as a listener without a framework does. */
export function answerNode(response: ServerResponse, { status = 200, headers = {}, body }: AppAnswer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body instanceof Readable) return void body.pipe(response);
  let bytes = body;
  if (typeof bytes === "object" && !Buffer.isBuffer(bytes)) {
    if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "application/json");
    bytes = JSON.stringify(bytes);
  }
  response.setHeader("Content-Length", Buffer.byteLength(bytes));
  response.end(bytes);
}

/** Hands what a handler gives to `send`, at once when it can; a promise only where the handler gave one. */
export function deliver(
  given: AppAnswer | Promise<AppAnswer>,
  send: (answer: AppAnswer) => void,
): void | Promise<void> {
  return given instanceof Promise ? given.then(send) : send(given);
}
