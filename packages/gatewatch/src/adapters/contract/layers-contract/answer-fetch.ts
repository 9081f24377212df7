import { Readable } from "node:stream";
import type { AppAnswer } from "./target.ts";

/** An answer as a handler of requests to responses makes it. */
export function answerFetch({ status = 200, headers = {}, body }: AppAnswer): Response {
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) for (const item of [value].flat()) given.append(name, item);
  const init = { status, headers: given };
  if (body instanceof Readable) return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, init);
  if (Buffer.isBuffer(body)) return new Response(new Uint8Array(body), init);
  return typeof body === "string" ? new Response(body, init) : Response.json(body, init);
}
