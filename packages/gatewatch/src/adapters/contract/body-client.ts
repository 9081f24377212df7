import { Agent, type IncomingHttpHeaders, request as requestHttp, type Server } from "node:http";
import { connect, constants, type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { PassThrough, type Readable, type Transform } from "node:stream";
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  zstdDecompressSync,
} from "node:zlib";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  trailers: Record<string, unknown>;
  /** As it came. */
  raw: Buffer;
  /** Without its encoding. */
  body: Buffer;
}

/** An answer that is still coming. */
export interface Followed {
  headers: IncomingHttpHeaders;
  /** Without its encoding. */
  body: Readable;
}

export interface BodyClient {
  ask(path: string, method?: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
  /** Resolves with the head. */
  follow(path: string, headers?: Record<string, string>): Promise<Followed>;
  /** Begins to read, and goes away after the first bytes. */
  abandon(path: string): Promise<void>;
  close(): void;
}

const DECODERS: Record<string, { decode(bytes: Buffer): Buffer; open(): Transform }> = {
  br: { decode: brotliDecompressSync, open: createBrotliDecompress },
  gzip: { decode: gunzipSync, open: createGunzip },
  zstd: { decode: zstdDecompressSync, open: createZstdDecompress },
};

/** A client with one connection, for either protocol. */
export function createBodyClient(server: Server, protocol: "http1" | "http2"): BodyClient {
  const { port } = server.address() as AddressInfo;
  return protocol === "http1" ? createHttp1Client(port) : createHttp2Client(port);
}

function finish(status: number, headers: IncomingHttpHeaders, trailers: Record<string, unknown>, chunks: Buffer[]) {
  const raw = Buffer.concat(chunks);
  const decoder = raw.length > 0 ? DECODERS[headers["content-encoding"] ?? ""] : undefined;
  return { status, headers, trailers, raw, body: decoder === undefined ? raw : decoder.decode(raw) };
}

function decodeStream(raw: Readable, headers: IncomingHttpHeaders): Followed {
  const decoder = DECODERS[headers["content-encoding"] ?? ""];
  return { headers, body: raw.pipe(decoder === undefined ? new PassThrough() : decoder.open()) };
}

function createHttp1Client(port: number): BodyClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (path, method = "GET", headers = {}, body = "") =>
      new Promise((resolve, reject) => {
        const request = requestHttp({ port, host: "127.0.0.1", path, method, headers, agent }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve(finish(response.statusCode ?? 0, response.headers, response.trailers, chunks)),
          );
        });
        request.on("error", reject).end(body === "" ? undefined : body);
      }),
    follow: (path, headers = {}) =>
      new Promise((resolve, reject) => {
        const request = requestHttp({ port, host: "127.0.0.1", path, headers, agent }, (response) => {
          resolve(decodeStream(response, response.headers));
        });
        request.on("error", reject).end();
      }),
    abandon: (path) =>
      new Promise((resolve, reject) => {
        const request = requestHttp({ port, host: "127.0.0.1", path, agent: false }, (response) => {
          response.on("error", () => undefined);
          response.once("data", () => {
            request.destroy();
            resolve();
          });
        });
        request.on("error", reject).end();
      }),
    close: () => agent.destroy(),
  };
}

function createHttp2Client(port: number): BodyClient {
  let session: ClientHttp2Session | undefined;
  const open = (): ClientHttp2Session => (session ??= connect(`http://127.0.0.1:${port}`));
  return {
    ask: (path, method = "GET", given = {}, body = "") =>
      new Promise((resolve, reject) => {
        const sent: OutgoingHttpHeaders = { ":path": path, ":method": method, ...given };
        const stream = open().request(sent);
        const chunks: Buffer[] = [];
        let headers: IncomingHttpHeaders & { ":status"?: number } = {};
        let trailers: Record<string, unknown> = {};
        stream.on("response", (answered) => (headers = answered));
        stream.on("trailers", (answered: Record<string, unknown>) => (trailers = answered));
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("error", reject);
        stream.on("end", () => resolve(finish(headers[":status"] ?? 0, headers, trailers, chunks)));
        stream.end(body === "" ? undefined : body);
      }),
    follow: (path, headers = {}) =>
      new Promise((resolve, reject) => {
        const stream = open().request({ ":path": path, ...headers });
        stream.on("response", (answered) => resolve(decodeStream(stream, answered)));
        stream.on("error", reject).end();
      }),
    abandon: (path) =>
      new Promise((resolve, reject) => {
        const stream = open().request({ ":path": path });
        stream.on("error", reject);
        stream.once("data", () => {
          stream.close(constants.NGHTTP2_CANCEL);
          resolve();
        });
        stream.end();
      }),
    close: () => session?.destroy(),
  };
}
