import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { ApiError } from "../model/api-error.ts";
import { admitClient, takeRate, type IntakeClient } from "./admit-client.ts";
import { createConnectionQuota } from "./connection-quota.ts";
import { addToTally } from "./intake-counters.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import type { BatchReceiver } from "./receive-batch.ts";
import { serveConnection, type StreamConnection } from "./stream-connection.ts";
import type { UpgradePath } from "./upgrades.ts";

const PATH = /^\/v1\/stream\/?(?:\?|$)/;
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
const CLOSE_MS = 1_000;
/** Less is what pings and the close itself take. */
const LEAST_CHARGED_BYTES = 1_024;

export interface StreamOptions {
  /** Time between pings; a peer that has not answered by the next one is closed. @default 30 s */
  pingIntervalMs?: number;
  /** @default 10,000 */
  maxConnections?: number;
  /** Connections of one credential. @default 100 */
  maxPerCredential?: number;
  /** Bytes of frames that have not ended, over all connections of one credential. @default 64 MiB */
  maxUnfinishedBytes?: number;
}

/** The native stream. */
export function createNativeStream(
  deps: IntakeDeps,
  receiver: BatchReceiver,
  options: StreamOptions = {},
): UpgradePath {
  const { pingIntervalMs = 30_000, maxConnections = 10_000 } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: WIRE_LIMITS.maxBatchBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const quota = createConnectionQuota<number>({
    connections: options.maxPerCredential ?? 100,
    bytes: options.maxUnfinishedBytes ?? 64 * 1024 * 1024,
  });
  const connections = new Map<WebSocket, StreamConnection>();
  let closing = false;
  let waiting = 0;

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    waiting++;
    try {
      if (closing || connections.size + waiting > maxConnections)
        throw new ApiError("unavailable", "The server takes no more connections now.", { retryAfterMs: 5_000 });
      const { authorization } = request.headers;
      const client = await admitClient(authorization, deps);
      if (closing) throw new ApiError("unavailable", "The server is stopping.", { retryAfterMs: 5_000 });
      if (socket.destroyed) return;
      if (!quota.tryOpen(client.credentialId))
        throw new ApiError("rate_limited", "This token has as many connections open as it may; use one of them.", {
          retryAfterMs: 5_000,
        });
      // However the handshake ends, the socket's end gives the place back.
      socket.once("close", () => quota.close(client.credentialId));
      sockets.handleUpgrade(request, socket, head, (ws) => {
        countUnfinished(ws, socket, client);
        open(ws, client, authorization);
      });
    } finally {
      waiting--;
    }
  }

  /** What is sent of a frame is held here and paid for whether the frame ever ends or not. */
  function countUnfinished(ws: WebSocket, socket: Duplex, client: IntakeClient): void {
    const { credentialId } = client;
    let unfinished = 0;
    const onData = (chunk: Buffer): void => {
      unfinished += chunk.length;
      if (quota.hold(credentialId, chunk.length) || ws.readyState !== ws.OPEN) return;
      addToTally(deps.counters.refused, "rate_limited", 1);
      ws.close(TRY_AGAIN_LATER, "too many unfinished frames of this token");
      setTimeout(() => ws.terminate(), CLOSE_MS).unref();
    };
    const forget = (): void => {
      quota.hold(credentialId, -unfinished);
      unfinished = 0;
    };
    socket.prependListener("data", onData);
    ws.on("message", forget);
    // Before the place is given back.
    socket.prependOnceListener("close", () => {
      socket.off("data", onData);
      if (unfinished >= LEAST_CHARGED_BYTES) takeRate(client, unfinished, deps).catch(() => {});
      forget();
    });
  }

  function open(ws: WebSocket, client: IntakeClient, authorization: string | undefined): void {
    const connection = serveConnection(ws, client, deps, receiver);
    connections.set(ws, connection);
    deps.counters.connections++;
    let answered = true;
    const onTick = async (): Promise<void> => {
      if (!answered) return ws.terminate();
      answered = false;
      ws.ping();
      // A token that was revoked meanwhile ends its connections, too.
      const admitted = await admitClient(authorization, deps).catch((error: unknown) => !(error instanceof ApiError));
      if (admitted === false) ws.close(POLICY_VIOLATION, "unauthorized");
    };
    const timer = setInterval(() => void onTick(), pingIntervalMs);
    timer.unref();
    ws.on("pong", () => (answered = true));
    ws.on("error", () => ws.terminate());
    ws.on("close", () => {
      clearInterval(timer);
      connections.delete(ws);
      deps.counters.connections--;
    });
  }

  return {
    path: PATH,
    name: "/v1/stream",
    accept,
    async close() {
      closing = true;
      await Promise.all([...connections].map(([ws, connection]) => drain(ws, connection)));
      sockets.close();
    },
  };
}

async function drain(ws: WebSocket, connection: StreamConnection): Promise<void> {
  await connection.finish();
  const closed = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  if (ws.readyState === ws.CLOSED) return;
  ws.close(GOING_AWAY, "the server is stopping");
  const timer = setTimeout(() => ws.terminate(), 1_000);
  await closed;
  clearTimeout(timer);
}
