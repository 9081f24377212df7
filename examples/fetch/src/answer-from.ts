import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Tells the handler of the connection, as servers for fetch handlers on Node do. */
interface Connection {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

/** Answers a request of Node's with what a fetch handler returns. */
export async function answerFrom(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  try {
    const request = new Request(`http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`, {
      method: incoming.method ?? "GET",
      headers: incoming.headers as Record<string, string>,
      ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" as const } : {}),
    });
    const response = await handler(request, { incoming, outgoing });
    outgoing.writeHead(response.status, [...response.headers].flat());
    if (response.body === null || incoming.method === "HEAD") outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
  } catch {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500).end("Something went wrong");
  }
}
