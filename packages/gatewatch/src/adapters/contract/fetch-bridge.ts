import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { Readable } from "node:stream";

/** A fetch handler on a real socket by nothing but the standard: its server tells no address and no end. */
export function serveFetch(
  handler: (request: Request) => unknown,
  handedOn: (error: unknown) => void = () => undefined,
): Server {
  return createServer((incoming, outgoing) => {
    void answer(handler, handedOn, incoming, outgoing);
  });
}

async function answer(
  handler: (request: Request) => unknown,
  handedOn: (error: unknown) => void,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) abort.abort();
  });
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  const request = new Request(`http://${incoming.headers.host ?? "test"}${incoming.url ?? "/"}`, {
    method: incoming.method ?? "GET",
    headers: incoming.headers as Record<string, string>,
    signal: abort.signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" as const } : {}),
  });
  let response: Response;
  try {
    response = (await handler(request)) as Response;
  } catch (error) {
    handedOn(error);
    response = new Response("bridge: 500", { status: 500 });
  }
  if (outgoing.destroyed) {
    await response.body?.cancel().catch(() => undefined);
    return;
  }
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body === null || !hasBodyOut(incoming, response)) outgoing.end();
  else await send(response.body.getReader(), outgoing);
}

function hasBodyOut({ method }: IncomingMessage, { status }: Response): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304;
}

async function send(reader: ReadableStreamDefaultReader<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const closed = once(outgoing, "close");
  void closed.then(() => reader.cancel().catch(() => undefined));
  outgoing.flushHeaders();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!outgoing.write(value)) await Promise.race([once(outgoing, "drain"), closed]);
      if (outgoing.destroyed) return;
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(error as Error);
  }
}
