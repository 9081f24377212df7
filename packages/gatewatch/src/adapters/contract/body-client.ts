import { Agent, type IncomingHttpHeaders, request as requestHttp, type Server } from "node:http";
import { connect, constants, type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  trailers: Record<string, unknown>;
  /** As it came. */
  raw: Buffer;
  /** Without its encoding. */
  body: Buffer;
}

export interface BodyClient {
  ask(path: string, method?: string): Promise<Answer>;
  /** Begins to read, and goes away after the first bytes. */
  abandon(path: string): Promise<void>;
  close(): void;
}

/** A client with one connection, for either protocol. */
export function createBodyClient(server: Server, protocol: "http1" | "http2"): BodyClient {
  const { port } = server.address() as AddressInfo;
  return protocol === "http1" ? createHttp1Client(port) : createHttp2Client(port);
}

function finish(status: number, headers: IncomingHttpHeaders, trailers: Record<string, unknown>, chunks: Buffer[]) {
  const raw = Buffer.concat(chunks);
  const isEncoded = headers["content-encoding"] === "gzip" && raw.length > 0;
  return { status, headers, trailers, raw, body: isEncoded ? gunzipSync(raw) : raw };
}

function createHttp1Client(port: number): BodyClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (path, method = "GET") =>
      new Promise((resolve, reject) => {
        const request = requestHttp({ port, host: "127.0.0.1", path, method, agent }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve(finish(response.statusCode ?? 0, response.headers, response.trailers, chunks)),
          );
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
    ask: (path, method = "GET") =>
      new Promise((resolve, reject) => {
        const stream = open().request({ ":path": path, ":method": method } satisfies OutgoingHttpHeaders);
        const chunks: Buffer[] = [];
        let headers: IncomingHttpHeaders & { ":status"?: number } = {};
        let trailers: Record<string, unknown> = {};
        stream.on("response", (given) => (headers = given));
        stream.on("trailers", (given: Record<string, unknown>) => (trailers = given));
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("error", reject);
        stream.on("end", () => resolve(finish(headers[":status"] ?? 0, headers, trailers, chunks)));
        stream.end();
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
