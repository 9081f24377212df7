import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { CerberusEvent } from "@gatewatch/protocol/cerberus-event";

/** A backend that speaks the documented framing, notes what breaks it, and misbehaves as told. */
export interface CerberusBackendStandIn {
  wsUrl: string;
  backendUrl: string;
  frames: CerberusEvent[];
  /** What the client did that it must not. */
  faults: string[];
  handshakes: Record<string, unknown>[];
  keyRequests: Record<string, unknown>[];
  /** How a frame is answered; by default `{"status":"ok"}`. */
  onFrame: (event: CerberusEvent, socket: WebSocket) => void;
  /** How the key is handed out. */
  keyAnswer: { status: number; body: string; headers?: Record<string, string> };
  onConnect: (socket: WebSocket) => void;
}

const MEMBERS = new Set(
  "api_key client_id token source_ip remote_addr endpoint scheme method timestamp custom_data user_agent user_id status_code latency_ms headers query_params body response_body".split(
    " ",
  ),
);

export async function startCerberusBackend(): Promise<CerberusBackendStandIn> {
  const standIn: CerberusBackendStandIn = {
    wsUrl: "",
    backendUrl: "",
    frames: [],
    faults: [],
    handshakes: [],
    keyRequests: [],
    onFrame: (_event, socket) => socket.send('{"status":"ok"}'),
    keyAnswer: { status: 200, body: '{"secret_key":"cerberus-parity-test-key-v1"}' },
    onConnect: () => undefined,
  };
  const server = createServer((request, response) => {
    standIn.keyRequests.push({ url: request.url, ...request.headers });
    const { status, body, headers } = standIn.keyAnswer;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  });
  const sockets = new WebSocketServer({ server, path: "/ws/events" });
  sockets.on("connection", (socket, request) => {
    standIn.handshakes.push(request.headers);
    standIn.onConnect(socket);
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) standIn.faults.push("a binary frame");
      const event = JSON.parse(data.toString("utf8")) as CerberusEvent;
      standIn.faults.push(...findFaults(event));
      standIn.frames.push(event);
      standIn.onFrame(event, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  standIn.wsUrl = `ws://127.0.0.1:${port}/ws/events`;
  standIn.backendUrl = `http://127.0.0.1:${port}/`;
  return standIn;
}

function findFaults(event: CerberusEvent): string[] {
  const faults = Object.keys(event)
    .filter((name) => !MEMBERS.has(name))
    .map((name) => `an unknown member ${name}`);
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  if (!isText(event.api_key) || event.api_key !== event.token) faults.push("api_key and token are not the same text");
  if (!isText(event.client_id)) faults.push("no client_id");
  if (event.source_ip !== null && !/^[0-9a-f]{64}$/.test(event.source_ip)) faults.push("a raw address");
  if (!isText(event.endpoint) || !isText(event.method)) faults.push("no endpoint or method");
  if (typeof event.scheme !== "boolean" && event.scheme !== "llm" && event.scheme !== "mcp") faults.push("no scheme");
  if (Number.isNaN(Date.parse(event.timestamp))) faults.push("no timestamp");
  return faults;
}
