import { setImmediate as nextTurn } from "node:timers/promises";
import type { RawClient } from "./raw-client.ts";
import { get, post, type ExpectedEnd } from "./scenarios.ts";

export type PlainHandler = (request: Request) => Response | Promise<Response>;

export interface FetchScenario {
  name: string;
  handle: PlainHandler;
  play(client: RawClient): Promise<unknown>;
  ends: readonly ExpectedEnd[];
  /** Messages of the errors that the layers must see, each once. */
  errors?: readonly string[];
  /** False: how many bytes arrive depends on timing. */
  comparesBytes?: boolean;
}

const CLOSE = "Connection: close\r\n";
const sendAndClose = (bytes: string) => (client: RawClient) => client.send(bytes).untilClosed();
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A body that comes piece by piece, one in each turn; a function is called in the place of a piece. */
export function streamOf(pieces: readonly (string | (() => unknown))[]): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await nextTurn();
        let piece = left.shift();
        while (typeof piece === "function") {
          await piece();
          piece = left.shift();
        }
        if (piece === undefined) controller.close();
        else controller.enqueue(encode(piece));
      },
    },
    { highWaterMark: 0 },
  );
}

/** A body whose beginning arrives and whose rest never does; tells when it is cancelled. */
function endlessStream(): ReadableStream<Uint8Array> {
  return streamOf(["begin", () => new Promise(() => undefined)]);
}

function untilAborted(request: Request): Promise<void> {
  return new Promise((resolve) => {
    if (request.signal.aborted) resolve();
    request.signal.addEventListener("abort", () => resolve());
  });
}

export const FETCH_SCENARIOS: readonly FetchScenario[] = [
  {
    name: "finish: a text",
    handle: () => new Response("whole text €"),
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 14 }],
  },
  {
    name: "finish: bytes, with headers and a status of the app's own",
    handle: () =>
      new Response(encode("created"), {
        status: 201,
        headers: [
          ["X-Own", "1"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
        ],
      }),
    play: sendAndClose(get("/")),
    ends: [{ status: 201, responseBytes: 7 }],
  },
  {
    name: "finish: JSON, asynchronously",
    async handle() {
      await nextTurn();
      return Response.json({ fine: true });
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 13 }],
  },
  {
    name: "finish: no body at all",
    handle: () => new Response(null, { headers: { "X-Empty": "1" } }),
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 0 }],
  },
  {
    name: "finish: a stream in chunks",
    handle: () => new Response(streamOf(["one ", "two ", "dr€i"])),
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 14 }],
  },
  {
    name: "finish: a stream whose head comes long before its first byte",
    handle: (request) =>
      new Response(streamOf([async () => void (await request.text()), "data: 1\n\n"]), {
        headers: { "Content-Type": "text/event-stream" },
      }),
    async play(client) {
      client.send(get("/", `${CLOSE}Content-Length: 2\r\n`, "POST"));
      await client.until("text/event-stream");
      await client.send("go").untilClosed();
    },
    ends: [{ status: 200, requestBytes: 2, responseBytes: 9 }],
  },
  {
    name: "finish: a redirect",
    handle: () => new Response(null, { status: 302, headers: { Location: "/login" } }),
    play: sendAndClose(get("/")),
    ends: [{ status: 302 }],
  },
  {
    name: "finish: a request body that the app reads",
    handle: async (request) => new Response(`got ${(await request.text()).length}`),
    play: sendAndClose(post("/", "some words")),
    ends: [{ status: 200, requestBytes: 10, responseBytes: 6 }],
  },
  {
    name: "finish: a request body of 2 MB, sent back as it comes",
    handle: (request) => new Response(request.body, { headers: { "Content-Length": "2000000" } }),
    play: sendAndClose(post("/", "x".repeat(2_000_000))),
    ends: [{ status: 200, requestBytes: 2_000_000, responseBytes: 2_000_000 }],
  },
  {
    name: "keep-alive: several requests over one connection",
    handle: (request) => new Response(`answer to ${new URL(request.url).pathname}`),
    async play(client) {
      for (const path of ["/1", "/2"]) {
        client.send(get(path, ""));
        await client.until(`answer to ${path}`);
      }
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
    async handle(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/slow") for (let turn = 0; turn < 5; turn++) await nextTurn();
      return new Response(`answer to ${pathname}`);
    },
    play: sendAndClose(get("/slow", "") + get("/b", "") + get("/c")),
    ends: [{ status: 200 }, { status: 200 }, { status: 200 }],
  },
  {
    name: "HEAD: the head of a GET, and no body",
    handle: () => new Response("hello", { headers: { "X-Own": "1" } }),
    play: sendAndClose(get("/", CLOSE, "HEAD")),
    ends: [{ method: "HEAD", status: 200, responseBytes: 0 }],
  },
  {
    name: "204 without a body",
    handle: () => new Response(null, { status: 204 }),
    play: sendAndClose(get("/")),
    ends: [{ status: 204, responseBytes: 0 }],
  },
  {
    name: "304 with headers and no body",
    handle: () => new Response(null, { status: 304, headers: { ETag: '"x"' } }),
    play: sendAndClose(get("/")),
    ends: [{ status: 304, responseBytes: 0 }],
  },
  {
    name: "429: an answer of the app's own limiter",
    handle: () => new Response("slow down", { status: 429, headers: { "Retry-After": "3" } }),
    play: sendAndClose(get("/")),
    ends: [{ status: 429, responseBytes: 9 }],
  },
  {
    name: "timeout: the app gives up and answers 503",
    handle: async () =>
      await Promise.race([
        new Promise<Response>(() => undefined),
        nextTurn().then(() => new Response("too slow", { status: 503 })),
      ]),
    play: sendAndClose(get("/")),
    ends: [{ status: 503 }],
  },
  {
    name: "throw: at once",
    handle() {
      throw new Error("thrown at once");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 500 }],
    errors: ["thrown at once"],
  },
  {
    name: "throw: later",
    async handle() {
      await nextTurn();
      throw new Error("rejected later");
    },
    play: sendAndClose(get("/")),
    ends: [{ status: 500 }],
    errors: ["rejected later"],
  },
  {
    name: "stream error: after the head and some bytes",
    handle: () =>
      new Response(
        streamOf([
          "partial",
          () => {
            throw new Error("source failed");
          },
        ]),
      ),
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 7, aborted: true }],
    errors: ["source failed"],
    comparesBytes: false,
  },
  {
    name: "stream error: before the first byte",
    handle: () =>
      new Response(
        streamOf([
          () => {
            throw new Error("failed at once");
          },
        ]),
      ),
    play: sendAndClose(get("/")),
    ends: [{ status: 200, responseBytes: 0, aborted: true }],
    errors: ["failed at once"],
    comparesBytes: false,
  },
  {
    name: "abort: in the middle of the answer",
    handle: () => new Response(endlessStream()),
    async play(client) {
      client.send(get("/"));
      await client.until("begin");
      client.socket.destroy();
    },
    ends: [{ status: 200, responseBytes: 5, aborted: true }],
    comparesBytes: false,
  },
  {
    name: "abort: before the answer",
    async handle(request) {
      await untilAborted(request);
      return new Response("for nobody");
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
    name: "abort: before the answer, and the app throws what its signal says",
    async handle(request) {
      await untilAborted(request);
      throw request.signal.reason as Error;
    },
    async play(client) {
      client.send(get("/"));
      client.socket.end();
      await client.untilClosed();
    },
    ends: [{ status: 0, responseBytes: 0, aborted: true }],
    comparesBytes: false,
  },
];
