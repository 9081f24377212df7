import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { ApiError } from "../../model/api-error.ts";
import { createConnectionQuota } from "../connection-quota.ts";
import { addToTally } from "../intake-counters.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import type { BatchReceiver } from "../receive-batch.ts";
import type { UpgradePath } from "../upgrades.ts";
import { answerFrame, MAX_FRAME_BYTES, type AnswerDeps, type CerberusFrame, type FrameSource } from "./answer-frame.ts";
import { createFrameBatcher } from "./frame-batcher.ts";
import { createKeyBackoff } from "./key-backoff.ts";

const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
const CLOSE_MS = 1_000;
const KEEP_ALIVE_MS = 60_000;
/** Wrong keys in a row after which a connection ends. */
const MAX_WRONG_KEYS = 10;
const MAX_WAITING_FRAMES = 32;

export interface CerberusStreamOptions {
  /** @default 10,000 */
  maxConnections?: number;
  /** Connections of one address; whole fleets may stand behind a proxy. @default 2,000 */
  maxPerAddress?: number;
  /** Bytes of frames that have not ended, over all connections of one address. @default 128 MiB */
  maxUnfinishedBytes?: number;
  /** A connection that has brought nothing so long is closed; later silence is none of our business. @default one minute */
  firstFrameMs?: number;
}

interface Connection {
  /** Resolves once every frame that was taken has its answer. */
  finish(): Promise<void>;
}

/**
 * The stream of Cerberus clients. They send one event, wait up to five seconds for any one message, and send the next: so each frame is
 * answered once, in order, in time, and nothing else is ever sent. They notice the end of an idle connection by losing the next
 * event: so no idle connection is closed. Each frame brings its key.
 */
export function createCerberusStream(
  deps: IntakeDeps,
  receiver: BatchReceiver,
  options: CerberusStreamOptions = {},
): UpgradePath {
  const { maxConnections = 10_000, firstFrameMs = 60_000 } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    // Up to it a frame is read to be answered; beyond it the connection ends.
    maxPayload: 2 * MAX_FRAME_BYTES,
    perMessageDeflate: { clientNoContextTakeover: true, serverNoContextTakeover: true, threshold: 1024 },
    clientTracking: false,
  });
  const quota = createConnectionQuota<string>({
    connections: options.maxPerAddress ?? 2_000,
    bytes: options.maxUnfinishedBytes ?? 128 * 1024 * 1024,
  });
  const parts: AnswerDeps = {
    deps,
    batcher: createFrameBatcher(receiver),
    backoff: createKeyBackoff(deps.now),
  };
  const connections = new Map<WebSocket, Connection>();
  let closing = false;

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (closing || connections.size >= maxConnections)
      throw new ApiError("unavailable", "The server takes no more connections now.", { retryAfterMs: 5_000 });
    const address = request.socket.remoteAddress ?? "unknown";
    if (!quota.tryOpen(address))
      throw new ApiError("rate_limited", "This address has as many connections open as it may.", {
        retryAfterMs: 5_000,
      });
    // However the handshake ends, the socket's end gives the place back.
    socket.once("close", () => quota.close(address));
    // A peer that has vanished is found without a frame that its client would have to answer.
    request.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      countUnfinished(ws, socket, address);
      open(ws, address);
    });
  }

  /** What is sent of a frame is held in memory whether the frame ever ends or not. */
  function countUnfinished(ws: WebSocket, socket: Duplex, address: string): void {
    let unfinished = 0;
    const onData = (chunk: Buffer): void => {
      unfinished += chunk.length;
      if (quota.hold(address, chunk.length) || ws.readyState !== ws.OPEN) return;
      addToTally(deps.counters.refused, "rate_limited", 1);
      ws.close(TRY_AGAIN_LATER, "too many unfinished frames of this address");
      setTimeout(() => ws.terminate(), CLOSE_MS).unref();
    };
    const forget = (): void => {
      quota.hold(address, -unfinished);
      unfinished = 0;
    };
    socket.prependListener("data", onData);
    ws.on("message", forget);
    socket.prependOnceListener("close", () => {
      socket.off("data", onData);
      forget();
    });
  }

  function open(ws: WebSocket, address: string): void {
    const source: FrameSource = { address, wrongKeys: 0, isKnown: false };
    const queue: CerberusFrame[] = [];
    let working = false;
    let notifyIdle: (() => void) | undefined;
    let finishing = false;
    const silence = setTimeout(() => ws.close(POLICY_VIOLATION, "no event came"), firstFrameMs);
    silence.unref();

    async function pump(): Promise<void> {
      if (working) return;
      working = true;
      for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
        const ack = await answerFrame(frame, source, parts);
        if (ws.readyState !== ws.OPEN) break;
        ws.send(JSON.stringify(ack));
        if (source.wrongKeys >= MAX_WRONG_KEYS) ws.close(POLICY_VIOLATION, "invalid API key");
        if (ws.isPaused && queue.length < MAX_WAITING_FRAMES / 2) ws.resume();
      }
      working = false;
      notifyIdle?.();
    }

    ws.on("message", (data) => {
      clearTimeout(silence);
      if (finishing || ws.readyState !== ws.OPEN) return;
      queue.push({ bytes: toBuffer(data), at: deps.now() });
      if (queue.length >= MAX_WAITING_FRAMES) ws.pause();
      void pump();
    });
    ws.on("error", () => ws.terminate());
    ws.on("close", () => {
      clearTimeout(silence);
      queue.length = 0;
      connections.delete(ws);
      deps.counters.connections--;
    });
    connections.set(ws, {
      async finish() {
        finishing = true;
        if (!working) return;
        await new Promise<void>((resolve) => {
          notifyIdle = resolve;
          ws.once("close", () => resolve());
        });
      },
    });
    deps.counters.connections++;
  }

  return {
    path: /^\/ws\/events\/?(?:\?|$)/,
    name: "/ws/events",
    accept,
    async close() {
      closing = true;
      await Promise.all([...connections].map(([ws, connection]) => drain(ws, connection)));
      sockets.close();
    },
  };
}

async function drain(ws: WebSocket, connection: Connection): Promise<void> {
  await connection.finish();
  if (ws.readyState === ws.CLOSED) return;
  const closed = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  ws.close(GOING_AWAY, "the server is stopping");
  const timer = setTimeout(() => ws.terminate(), CLOSE_MS);
  await closed;
  clearTimeout(timer);
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
