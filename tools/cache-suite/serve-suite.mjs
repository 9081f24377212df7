// The suite's own server, and in front of it the cache under test: a proxy of a few lines, guarded by Gatewatch.
import { createServer, request as send } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What the proxy's own connection needs. */
const FRAMING = new Set(["transfer-encoding", "keep-alive"]);

async function listen(listener) {
  const server = createServer(listener);
  // The suite pauses for three seconds between requests.
  server.keepAliveTimeout = 60_000;
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

async function createOrigin(folder) {
  const load = async (name) => (await import(pathToFileURL(join(folder, "server", name)).href)).default;
  const handlers = {
    config: await load("handle-config.mjs"),
    state: await load("handle-state.mjs"),
    test: await load("handle-test.mjs"),
  };
  return (request, response) => {
    const [kind, ...rest] = new URL(request.url, "http://origin").pathname.slice(1).split("/");
    const handle = handlers[kind];
    if (handle !== undefined) handle(rest, request, response);
    else response.writeHead(404).end();
  };
}

/** Lines as they came, without those of the proxy's own connection. */
function passLines(rawHeaders) {
  const lines = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    const value = rawHeaders[at + 1];
    const isOwn = name === "connection" && /^(?:keep-alive|close)$/i.test(value);
    if (!FRAMING.has(name) && !isOwn) lines.push([rawHeaders[at], value]);
  }
  return lines;
}

function createProxy(port) {
  return (request, response) => {
    const { method, url } = request;
    const headers = passLines(request.rawHeaders).flat();
    let received;
    const passed = send({
      host: "127.0.0.1",
      port,
      method,
      path: url,
      headers,
      insecureHTTPParser: true,
      agent: false,
    });
    passed.on("response", (answer) => {
      received = answer;
      response.writeHead(answer.statusCode, passLines(answer.rawHeaders));
      answer.pipe(response);
    });
    passed.on("error", () => {
      // A server that breaks the connection is what RFC 9111 calls disconnected; bytes beyond the end concern nobody.
      if (!response.headersSent) response.writeHead(502).end();
      else if (!received?.complete) response.destroy();
    });
    request.pipe(passed);
  };
}

/** @param guard puts the cache in front of a listener. */
export async function serveSuite(folder, guard) {
  const origin = await listen(await createOrigin(folder));
  const front = await listen(guard(createProxy(origin.address().port)));
  return {
    base: `http://127.0.0.1:${front.address().port}`,
    close() {
      for (const server of [front, origin]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
