import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gatewatch } from "gatewatch/http";

const notes = new Map([["1", "Water the plants"]]);

const server = createServer(
  gatewatch(async (request, response) => {
    const id = /^\/notes\/([^/?]+)/.exec(request.url ?? "")?.[1];
    if (id === undefined) {
      response.writeHead(404).end("no such page\n");
      return;
    }
    // node:http has no router: the app says which template this is.
    request.gatewatch.route = "/notes/:id";
    // node:http answers no exception either; what is not answered here is answered by Gatewatch, if it is told to.
    try {
      const text = readNote(id);
      response.writeHead(200, { "Content-Type": "text/plain" }).end(`${text}\n`);
    } catch (error) {
      request.gatewatch.captureError(error);
      response.writeHead(500).end("sorry\n");
    }
  }),
);

/** Planted bug: a note that is not there. */
function readNote(id: string): string {
  return notes.get(id)!.toUpperCase();
}

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`notes listening on http://127.0.0.1:${port}\n`);
});
