import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createGzip, gzipSync } from "node:zlib";
import type { BodyEncoder, EncodedOutput } from "../../gate/body-plan.ts";
import type { Layer } from "../../gate/layer.ts";
import type { NodeHandler } from "./scenarios.ts";

/** One way to write a body. */
export interface Writer {
  name: string;
  handle: NodeHandler;
  body: string;
  /** Whether the layers get it in one piece. */
  isWhole: boolean;
}

const TEXT = "Grüße, Gatewatch! ".repeat(40);
const LENGTH = String(Buffer.byteLength(TEXT));
const HEADERS = { "Content-Type": "text/plain", "X-Own": "1" };

async function* parts(): AsyncIterable<string> {
  for (let at = 0; at < TEXT.length; at += 100) {
    await nextTurn();
    yield TEXT.slice(at, at + 100);
  }
}

/** Every way in which apps and frameworks hand over a body. */
export const WRITERS: readonly Writer[] = [
  { name: "end(string)", isWhole: true, body: TEXT, handle: (_request, response) => response.end(TEXT) },
  { name: "end(bytes)", isWhole: true, body: TEXT, handle: (_request, response) => response.end(Buffer.from(TEXT)) },
  {
    name: "end(Uint8Array, callback)",
    isWhole: true,
    body: TEXT,
    handle: (_request, response) =>
      new Promise<void>((resolve) => response.end(new TextEncoder().encode(TEXT), () => resolve())),
  },
  {
    name: "end(hex string, its encoding)",
    isWhole: true,
    body: TEXT,
    handle: (_request, response) => response.end(Buffer.from(TEXT).toString("hex"), "hex"),
  },
  {
    name: "end(latin1 string, its encoding, callback)",
    isWhole: true,
    body: "caf\u00e9".repeat(50),
    handle: (_request, response) =>
      response.end(Buffer.from("caf\u00e9".repeat(50)).toString("latin1"), "latin1", () => undefined),
  },
  {
    name: "a length of the app's own, end(string)",
    isWhole: true,
    body: TEXT,
    handle(_request, response) {
      response.setHeader("Content-Length", LENGTH);
      response.end(TEXT);
    },
  },
  {
    name: "writeHead with a length, end(string)",
    isWhole: true,
    body: TEXT,
    handle: (_request, response) => response.writeHead(200, { ...HEADERS, "content-length": LENGTH }).end(TEXT),
  },
  {
    name: "writeHead without a length, end(string)",
    isWhole: true,
    body: TEXT,
    handle: (_request, response) => response.writeHead(200, HEADERS).end(TEXT),
  },
  {
    name: "setHeader, writeHead, end(bytes)",
    isWhole: true,
    body: TEXT,
    handle(_request, response) {
      response.setHeader("Content-Length", LENGTH);
      response.writeHead(200, HEADERS).end(Buffer.from(TEXT));
    },
  },
  {
    name: "writeHead with a list, end(string)",
    isWhole: true,
    body: TEXT,
    handle: (_request, response) => response.writeHead(200, ["X-Own", "1", "Content-Length", LENGTH]).end(TEXT),
  },
  { name: "end() alone", isWhole: true, body: "", handle: (_request, response) => response.end() },
  {
    name: "writeHead, end() alone",
    isWhole: true,
    body: "",
    handle: (_request, response) => response.writeHead(200).end(),
  },
  {
    name: "end(callback) alone",
    isWhole: true,
    body: "",
    handle: (_request, response) => new Promise<void>((resolve) => response.end(() => resolve())),
  },
  {
    name: "write, write, end",
    isWhole: false,
    body: "one two three",
    async handle(_request, response) {
      response.write("one ");
      await nextTurn();
      response.write(Buffer.from("two "));
      await nextTurn();
      response.end("three", "utf8");
    },
  },
  {
    name: "write(callback), end(callback)",
    isWhole: false,
    body: "a1b2",
    handle: (_request, response) =>
      new Promise<void>((resolve) =>
        response.write("a1", () => response.write("6232", "hex", () => response.end(() => resolve()))),
      ),
  },
  {
    name: "writeHead, write, end",
    isWhole: false,
    body: "one two",
    async handle(_request, response) {
      response.writeHead(200, HEADERS);
      await nextTurn();
      response.write("one ");
      await nextTurn();
      response.end("two");
    },
  },
  {
    name: "flushHeaders, end",
    isWhole: false,
    body: TEXT,
    async handle(_request, response) {
      response.flushHeaders();
      await nextTurn();
      response.end(TEXT);
    },
  },
  {
    name: "a stream with a length of the app's own",
    isWhole: false,
    body: TEXT,
    handle(_request, response) {
      response.setHeader("Content-Length", LENGTH);
      Readable.from(parts()).pipe(response);
    },
  },
  { name: "pipe()", isWhole: false, body: TEXT, handle: (_request, response) => Readable.from(parts()).pipe(response) },
];

/** What the layers of a test have seen of one body. */
export interface Seen {
  wholes: (string | undefined)[];
  bytes: Buffer[];
  ends: boolean[];
  destroyed: number;
}

export function createSeen(): Seen {
  return { wholes: [], bytes: [], ends: [], destroyed: 0 };
}

const show = (seen: Seen) => ({
  onChunk: (bytes: Uint8Array) => void seen.bytes.push(Buffer.from(bytes)),
  onEnd: (complete: boolean) => void seen.ends.push(complete),
});

export function createReplaceLayer(seen: Seen, suffix = " and more"): Layer {
  return {
    name: "replace",
    onHead: (_x, _head, body) =>
      body.whenBody((whole) => {
        seen.wholes.push(whole === undefined ? undefined : Buffer.from(whole).toString());
        if (whole !== undefined) body.replace(Buffer.concat([whole, Buffer.from(suffix)]));
      }),
  };
}

export function createObserveLayer(seen: Seen): Layer {
  return { name: "observe", onHead: (_x, _head, body) => body.whenBody(() => body.observe(show(seen))) };
}

export function createGzipLayer(seen: Seen): Layer {
  return {
    name: "gzip",
    onHead: (_x, head, body) =>
      body.whenBody((whole) => {
        head.set("Content-Encoding", "gzip");
        head.append("Vary", "Accept-Encoding");
        if (whole === undefined) body.encode((output) => openGzip(output, seen));
        else body.encodeWhole(gzipSync(whole));
      }),
  };
}

export function openGzip(output: EncodedOutput, seen: Seen): BodyEncoder {
  const gzip = createGzip();
  gzip.on("data", (chunk: Buffer) => output.push(chunk));
  gzip.on("drain", () => output.drain());
  gzip.on("end", () => output.end());
  gzip.on("error", (error) => output.fail(error));
  return {
    write: (bytes) => gzip.write(bytes),
    flush: () => gzip.flush(),
    end: () => void gzip.end(),
    destroy() {
      seen.destroyed++;
      gzip.destroy();
    },
  };
}
