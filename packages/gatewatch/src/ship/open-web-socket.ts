import { createHash, randomBytes } from "node:crypto";
import type { Agent } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "./clock.ts";
import { createFrameReader, encodeFrame, OPCODE } from "./frames.ts";
import { loadClient } from "./load-client.ts";

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MAX_MESSAGE_BYTES = 256 * 1024;
const CLOSE_PROTOCOL_ERROR = 1002;

export interface WebSocketOptions {
  /** `http:` or `https:`. */
  url: URL;
  headers: Record<string, string>;
  agent: Agent;
  clock: Clock;
  timeoutMs: number;
  onMessage(text: string): void;
  /** Once, after the opening succeeded. */
  onClose(reason: string, code?: number): void;
}

export interface OpenSocket {
  /** Sends one message; false when the connection is gone. */
  send(payload: Buffer, isBinary: boolean): boolean;
  close(): void;
}

/** The server answered the handshake with something else than 101. */
export class HandshakeRefused extends Error {
  readonly status: number;
  readonly retryAfter: string | undefined;
  constructor(status: number, retryAfter: string | undefined) {
    super(`the WebSocket handshake was answered with HTTP ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * A small WebSocket client (RFC 6455). Node's own cannot be unreferenced, and would keep the app's process alive.
 * Rejects with `HandshakeRefused`, or with the network's error.
 */
export function openWebSocket(options: WebSocketOptions): Promise<OpenSocket> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString("base64");
    const request = loadClient(options.url.protocol).request(options.url, {
      agent: options.agent,
      headers: {
        ...options.headers,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
      },
    });
    const timer = options.clock.after(options.timeoutMs, () =>
      request.destroy(new Error(`no handshake within ${options.timeoutMs} ms`)),
    );
    request.on("socket", (socket) => socket.unref());
    request.on("error", (error) => {
      timer.cancel();
      reject(error);
    });
    request.on("response", (response) => {
      timer.cancel();
      response.resume();
      request.destroy();
      reject(new HandshakeRefused(response.statusCode ?? 0, response.headers["retry-after"]));
    });
    request.on("upgrade", (response, socket, head) => {
      timer.cancel();
      const expected = createHash("sha1")
        .update(key + ACCEPT_SUFFIX)
        .digest("base64");
      if (
        response.headers["sec-websocket-accept"] !== expected ||
        response.headers.upgrade?.toLowerCase() !== "websocket"
      ) {
        socket.destroy();
        reject(new HandshakeRefused(0, undefined));
        return;
      }
      resolve(runSocket(socket, head, options));
    });
    request.end();
  });
}

function runSocket(socket: Duplex, head: Buffer, options: WebSocketOptions): OpenSocket {
  const readFrames = createFrameReader(MAX_MESSAGE_BYTES);
  let parts: Buffer[] = [];
  let closed = false;

  function end(reason: string, code?: number): void {
    if (closed) return;
    closed = true;
    socket.destroy();
    options.onClose(reason, code);
  }

  function endByPeer(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    socket.write(encodeFrame(OPCODE.close, payload.subarray(0, 2)));
    end(`closed by the server (${code})`, code);
  }

  function fail(error: unknown): void {
    const message = error instanceof Error ? error.message : "broken frame";
    if (!closed) socket.write(encodeFrame(OPCODE.close, closePayload(CLOSE_PROTOCOL_ERROR)));
    end(message);
  }

  function take(chunk: Buffer): void {
    if (closed) return;
    try {
      for (const frame of readFrames(chunk)) {
        if (closed) return;
        switch (frame.opcode) {
          case OPCODE.ping:
            socket.write(encodeFrame(OPCODE.pong, frame.payload));
            break;
          case OPCODE.pong:
            break;
          case OPCODE.close:
            endByPeer(frame.payload);
            return;
          case OPCODE.text:
          case OPCODE.binary:
          case OPCODE.continuation:
            takePart(frame.opcode, frame.final, frame.payload);
            break;
          default:
            throw new Error(`unknown opcode ${frame.opcode}`);
        }
      }
    } catch (error) {
      fail(error);
    }
  }

  function takePart(opcode: number, final: boolean, payload: Buffer): void {
    if ((opcode === OPCODE.continuation) !== parts.length > 0) throw new Error("parts of a message are out of order");
    parts.push(payload);
    const whole = Buffer.concat(parts);
    if (whole.length > MAX_MESSAGE_BYTES) throw new Error("a message is too long");
    if (!final) return;
    parts = [];
    options.onMessage(whole.toString("utf8"));
  }

  if ("unref" in socket && typeof socket.unref === "function") socket.unref();
  socket.on("data", take);
  socket.on("error", (error: Error) => end(error.message));
  socket.on("end", () => end("the connection ended"));
  socket.on("close", () => end("the connection closed"));
  // The first bytes may belong to an answer that nobody listens for before this function has returned.
  if (head.length > 0) queueMicrotask(() => take(head));

  return {
    send(payload, isBinary) {
      if (closed) return false;
      socket.write(encodeFrame(isBinary ? OPCODE.binary : OPCODE.text, payload));
      return true;
    },
    close() {
      if (closed) return;
      closed = true;
      if (socket.writableLength > 0) socket.destroy();
      else socket.end(encodeFrame(OPCODE.close, closePayload(1000)), () => socket.destroy());
      options.onClose("closed by this side");
    },
  };
}

function closePayload(code: number): Buffer {
  const payload = Buffer.allocUnsafe(2);
  payload.writeUInt16BE(code);
  return payload;
}
