import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RawClient } from "./raw-client.ts";

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What must be seen of one exchange. */
export interface ExpectedEnd {
  method?: string;
  status: number;
  responseBytes?: number;
  requestBytes?: number;
  aborted?: boolean;
}

export interface Scenario {
  name: string;
  handle: NodeHandler;
  /** Plays the client; the server's bytes are compared after it. */
  play(client: RawClient): Promise<unknown>;
  ends: readonly ExpectedEnd[];
  /** Messages of the errors that the layers must see, each once. */
  errors?: readonly string[];
  /** False: how many bytes arrive depends on timing. */
  comparesBytes?: boolean;
}

const CLOSE = "Connection: close\r\n";

/** A request; `headers` end with a line break each. */
export function get(path: string, headers = CLOSE, method = "GET"): string {
  return `${method} ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

export function post(path: string, body: string, headers = CLOSE): string {
  return (
    get(path, `${headers}Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`, "POST") + body
  );
}

const sendAndClose = (bytes: string) => (client: RawClient) => client.send(bytes).untilClosed();

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "keep-alive: several requests over one connection",
    handle: (request, response) => response.end(`answer to ${request.url}`),
    async play(client) {
      client.send(get("/1", ""));
      await client.until("answer to /1");
      client.send(get("/2", ""));
      await client.until("answer to /2");
      await client.send(get("/3")).untilClosed();
    },
    ends: [
      { status: 200, responseBytes: 12 },
      { status: 200, responseBytes: 12 },
      { status: 200, responseBytes: 12 },
    ],
  },
  {
    name: "pipelining: answers in the order of the requests",
    async handle(request, response) {
      if (request.url === "/slow") for (let turn = 0; turn < 5; turn++) await nextTurn();
      response.end(`answer to ${request.url}`);
    },
    play: sendAndClose(get("/slow", "") + get("/b", "") + get("/c")),
    ends: [{ status: 200 }, { status: 200 }, { status: 200 }],
  },
  {
    name: "HEAD: a length, and no body",
    handle(_request, response) {
      response.setHeader("Content-Length", 5);
      response.end("hello");
    },
    play: sendAndClose(get("/", CLOSE, "HEAD")),
    ends: [{ method: "HEAD", status: 200, responseBytes: 0 }],
  },
  {
    name: "204 without a body",
    handle(_request, response) {
      response.writeHead(204);
      response.end("must not be sent");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 204, responseBytes: 0 }],
  },
  {
    name: "304 with headers and no body",
    handle(_request, response) {
      response.writeHead(304, { ETag: '"x"', "X-Own": "1" });
      response.end();
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 304, responseBytes: 0 }],
  },
  {
    name: "streaming in chunks",
    async handle(_request, response) {
      response.write("one ");
      await nextTurn();
      response.write(Buffer.from("two "));
      await nextTurn();
      response.end("dr€i", "utf8");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 14 }],
  },
  {
    name: "a body from a stream",
    handle: (_request, response) => Readable.from(["a".repeat(1000), "b".repeat(1000)]).pipe(response),
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 2000 }],
  },
  {
    name: "server-sent events arrive one by one",
    async handle(request, response) {
      response.setHeader("Content-Type", "text/event-stream");
      response.flushHeaders();
      response.write("data: first\n\n");
      await once(request, "data");
      response.end("data: second\n\n");
    },
    async play(client) {
      client.send(get("/", `${CLOSE}Content-Length: 2\r\n`, "POST"));
      await client.until("data: first");
      await client.send("go").untilClosed();
    },
    ends: [{ status: 200 }],
  },
  {
    name: "trailers in both directions",
    async handle(request, response) {
      await readAll(request);
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": String(request.trailers["x-in"]) });
      response.end();
    },
    play: sendAndClose(
      `${get("/", `${CLOSE}Transfer-Encoding: chunked\r\nTrailer: X-In\r\n`, "POST")}3\r\nabc\r\n0\r\nX-In: 7\r\n\r\n`,
    ),
    ends: [{ status: 200, requestBytes: 3, responseBytes: 4 }],
  },
  {
    name: "Expect: 100-continue",
    async handle(request, response) {
      const body = await readAll(request);
      response.end(`got ${body.length}`);
    },
    async play(client) {
      client.send(get("/", `${CLOSE}Expect: 100-continue\r\nContent-Length: 4\r\n`, "POST"));
      await client.until("100 Continue");
      await client.send("body").untilClosed();
    },
    ends: [{ status: 200, requestBytes: 4 }],
  },
  {
    name: "informational answers before the final one",
    handle(_request, response) {
      response.writeProcessing();
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.end("done");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200 }],
  },
  {
    name: "HTTP/1.0",
    handle: (_request, response) => response.end("old"),
    play: sendAndClose("GET / HTTP/1.0\r\n\r\n"),
    ends: [{ status: 200, responseBytes: 3 }],
  },
  {
    name: "writeHead with a reason and an object",
    handle(_request, response) {
      response.setHeader("X-Early", "1");
      response.writeHead(299, "Odd", { "X-Own": ["a", "b"], "Set-Cookie": ["a=1", "b=2"], "x-EARLY": "2" });
      response.end("x");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 299 }],
  },
  {
    name: "writeHead with a flat list and repeated names",
    handle(_request, response) {
      response.writeHead(200, ["X-A", "1", "X-B", "2", "X-A", "3"]);
      response.end("x");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200 }],
  },
  ...[null, undefined, ""].map((reason): Scenario => ({
    name: `writeHead with ${JSON.stringify(reason)} in the place of the reason`,
    handle(_request, response) {
      response.writeHead(302, reason as string, { Location: "/login", "Set-Cookie": "sid=1" });
      response.end();
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 302 }],
  })),
  {
    name: "writeHead with something in the place of the headers that is none",
    handle(_request, response) {
      response.writeHead(200, 5 as unknown as string).end("x");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200 }],
  },
  {
    name: "calls that Node refuses are refused",
    handle(_request, response) {
      const refusals: string[] = [];
      for (const call of [
        () => response.writeHead(200, { "X-Bad": "a\r\nb" }),
        () => response.writeHead(42),
        () => response.setHeader("bad name", "1"),
      ]) {
        try {
          call();
        } catch (error) {
          refusals.push((error as NodeJS.ErrnoException).code ?? "?");
        }
      }
      response.end(refusals.join(" "));
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200 }],
  },
  {
    name: "callbacks of write and end",
    handle(_request, response) {
      response.write("a", "utf8", () => response.write("b", () => response.end(() => undefined)));
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 2 }],
  },
  {
    name: "a request body of 10 MB, sent back",
    handle(request, response) {
      // Without a length the chunks' sizes would follow the network's whims.
      response.setHeader("Content-Length", request.headers["content-length"] ?? "0");
      request.pipe(response);
    },
    play: sendAndClose(post("/", "x".repeat(10 * 1024 * 1024))),
    ends: [{ status: 200, requestBytes: 10 * 1024 * 1024, responseBytes: 10 * 1024 * 1024 }],
  },
  {
    name: "a request body that nobody reads",
    handle: (_request, response) => response.end("not read"),
    play: sendAndClose(post("/", "y".repeat(1000))),
    ends: [{ status: 200 }],
  },
  {
    name: "the client goes away in the middle of the answer",
    async handle(_request, response) {
      response.write("begin");
      await once(response, "close");
    },
    async play(client) {
      client.send(get("/"));
      await client.until("begin");
      client.socket.destroy();
    },
    ends: [{ status: 200, responseBytes: 5, aborted: true }],
    comparesBytes: false,
  },
  {
    name: "the client goes away before the answer",
    async handle(_request, response) {
      await once(response, "close");
    },
    async play(client) {
      client.send(get("/"));
      client.socket.end();
      await client.untilClosed();
    },
    ends: [{ status: 0, responseBytes: 0, aborted: true }],
    comparesBytes: false,
  },
  {
    name: "the client goes away in the middle of its body",
    async handle(request, response) {
      try {
        await readAll(request);
      } catch {
        // The app tidies up.
      }
      if (!response.destroyed) response.end();
    },
    async play(client) {
      client.send(get("/", "Content-Length: 100\r\n", "POST") + "half");
      client.socket.end();
      await client.untilClosed();
    },
    ends: [{ status: 0, requestBytes: 4, aborted: true }],
    comparesBytes: false,
  },
  {
    name: "an error thrown at once",
    handle() {
      throw new Error("thrown at once");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 500 }],
    errors: ["thrown at once"],
  },
  {
    name: "a rejected promise",
    async handle() {
      await nextTurn();
      throw new Error("rejected later");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 500 }],
    errors: ["rejected later"],
  },
  {
    name: "an error after the head was sent",
    async handle(_request, response) {
      response.write("partial");
      await nextTurn();
      throw new Error("too late");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200, aborted: true }],
    errors: ["too late"],
  },
  {
    name: "a source that fails in pipeline()",
    handle(_request, response) {
      const source = new Readable({ read: () => undefined });
      pipeline(source, response, () => undefined);
      source.push("begin");
      setImmediate(() => source.destroy(new Error("source failed")));
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200, aborted: true }],
    errors: ["source failed"],
  },
  {
    name: "a source that fails in pipe() and is handled by the app",
    handle(_request, response) {
      const source = new Readable({ read: () => undefined });
      source.on("error", () => response.end("handled"));
      source.pipe(response);
      source.destroy(new Error("pipe failed"));
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200 }],
    errors: ["pipe failed"],
  },
  {
    name: "a write after the end",
    handle(_request, response) {
      response.on("error", () => undefined);
      response.end("whole");
      response.write("more");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 5 }],
    errors: ["write after end"],
  },
];
