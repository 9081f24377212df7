import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError } from "../model/api-error.ts";
import { toApiFailure, toErrorReply } from "./error-reply.ts";
import type { IntakeDeps } from "./intake-deps.ts";

/** An address at which a connection becomes a WebSocket. */
export interface UpgradePath {
  /** Of the request's target. */
  readonly path: RegExp;
  /** How people find it. */
  readonly name: string;
  /** Takes the connection over. @throws ApiError, which is told to the client before it is hung up on. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Takes no further frames, answers those that are being worked on, then closes every connection. */
  close(): Promise<void>;
}

/** The WebSocket side of the intake on a running server. */
export interface UpgradeServer {
  close(): Promise<void>;
}

/** Answers the upgrades of a server; at addresses that none of `paths` knows, they are left to others. */
export function attachUpgrades(server: Server, deps: IntakeDeps, paths: readonly UpgradePath[]): UpgradeServer {
  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Node has taken its own listener off: a peer that resets the connection now must not end the process.
    socket.on("error", () => socket.destroy());
    const known = paths.find(({ path }) => path.test(request.url ?? ""));
    if (known !== undefined)
      known.accept(request, socket, head).catch((error: unknown) => refuse(socket, toApiFailure(error, deps)));
    else if (server.listenerCount("upgrade") === 1) {
      const names = paths.map(({ name }) => name).join(" and ");
      refuse(socket, new ApiError("not_found", `There is no stream at this address; see ${names}.`));
    }
  }

  server.on("upgrade", onUpgrade);
  return {
    async close() {
      server.off("upgrade", onUpgrade);
      await Promise.all(paths.map((path) => path.close()));
    },
  };
}

/** Answers the handshake with an error of the API and hangs up. */
function refuse(socket: Duplex, failure: ApiError): void {
  const requestId = randomUUID();
  const { status, body, retryAfterS } = toErrorReply(failure, requestId);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-ID: ${requestId}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
    ...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`, () => socket.destroy());
}
