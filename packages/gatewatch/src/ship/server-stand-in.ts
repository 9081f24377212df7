import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { NativeBatch } from "@gatewatch/protocol";
import { WebSocketServer, type WebSocket } from "ws";

/** A small real server that speaks the native wire, and misbehaves as told. */
export interface ServerStandIn {
  readonly url: string;
  /** Batches that arrived, in order, repeats included. */
  readonly batches: NativeBatch[];
  readonly headers: IncomingMessage["headers"][];
  readonly sockets: WebSocket[];
  /** Of the frames that arrived. */
  readonly encodings: string[];
  /** How HTTP posts are answered; undefined answers nothing. */
  onPost: (batch: NativeBatch, response: ServerResponse) => void;
  /** How frames are answered. */
  onFrame: (batch: NativeBatch, socket: WebSocket) => void;
  /** Runs before the handshake; true when it has answered. */
  onUpgrade: (request: IncomingMessage, socket: Duplex) => boolean;
  /** Cuts all connections and stops listening. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

/** Number of events of a batch, rows of columns included. */
export function countEvents(batch: NativeBatch): number {
  return (batch.columns?.request?.n ?? 0) + (batch.events?.length ?? 0);
}

export function acceptance(batch: NativeBatch): {
  batch: string;
  accepted: number;
  duplicate: boolean;
  rejected: never[];
} {
  return { batch: batch.batch, accepted: countEvents(batch), duplicate: false, rejected: [] };
}

export async function startServerStandIn(): Promise<ServerStandIn> {
  let port = 0;
  const open = new Set<Socket>();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const batch = JSON.parse(
        unpack(request.headers["content-encoding"], Buffer.concat(chunks)).toString("utf8"),
      ) as NativeBatch;
      standIn.headers.push(request.headers);
      standIn.batches.push(batch);
      standIn.onPost(batch, response);
    });
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
  });
  server.on("upgrade", (request, socket, head) => {
    if (standIn.onUpgrade(request, socket)) return;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      standIn.headers.push(request.headers);
      standIn.sockets.push(webSocket);
      webSocket.on("error", () => undefined);
      webSocket.on("message", (data: Buffer, isBinary: boolean) => {
        const encoding = !isBinary ? "identity" : data[0] === 0x1f ? "gzip" : "zstd";
        standIn.encodings.push(encoding);
        const batch = JSON.parse(unpack(encoding, data).toString("utf8")) as NativeBatch;
        standIn.batches.push(batch);
        standIn.onFrame(batch, webSocket);
      });
    });
  });
  const standIn: ServerStandIn = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    batches: [],
    headers: [],
    sockets: [],
    encodings: [],
    onPost: (batch, response) =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(acceptance(batch))),
    onFrame(batch, socket) {
      const { batch: ack, ...rest } = acceptance(batch);
      socket.send(JSON.stringify({ ack, ...rest }));
    },
    onUpgrade: () => false,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
    start: () =>
      new Promise((resolve) => {
        server.listen(port, "127.0.0.1", () => {
          port = (server.address() as AddressInfo).port;
          resolve();
        });
      }),
  };
  await standIn.start();
  return standIn;
}

function unpack(encoding: string | undefined, bytes: Buffer): Buffer {
  if (encoding === "gzip") return gunzipSync(bytes);
  return encoding === "zstd" ? zstdDecompressSync(bytes) : bytes;
}
