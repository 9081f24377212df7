import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** An answer that is given instead of the usual one. */
export interface StagedAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Never answers. */
  stall?: true;
  /** Cuts the connection. */
  cut?: true;
}

/** A server that takes exactly what the documented API takes, and finds an event anomalous that says so: `body.odd`. */
export interface DetectionServerStandIn {
  url: string;
  calls: { method: string; path: string; headers: IncomingMessage["headers"]; body: unknown }[];
  /** Given first, one for each call. */
  staged: StagedAnswer[];
  isCalibrating: boolean;
}

const KEY = "dlk_test.secret";

export async function startDetectionServer(): Promise<DetectionServerStandIn> {
  const standIn: DetectionServerStandIn = { url: "", calls: [], staged: [], isCalibrating: false };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const path = (request.url ?? "").replace(/^\/api(?=\/)/, "");
      standIn.calls.push({ method: request.method ?? "", path, headers: request.headers, body });
      const staged = standIn.staged.shift();
      if (staged?.stall === true) return;
      if (staged?.cut === true) return void request.socket.destroy();
      const answer = staged ?? answerTo(standIn, request, path, body);
      const requestId = String(request.headers["x-request-id"] ?? "server-made");
      const isText = typeof answer.body === "string";
      response.writeHead(answer.status, {
        "content-type": isText ? "text/html" : "application/json",
        "x-request-id": requestId,
        ...answer.headers,
      });
      response.end(isText ? answer.body : JSON.stringify(answer.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  standIn.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return standIn;
}

function answerTo(
  standIn: DetectionServerStandIn,
  request: IncomingMessage,
  path: string,
  body: unknown,
): StagedAnswer {
  if (path === "/healthz") return { status: 503, body: { success: false, ok: false } };
  if (request.headers["x-api-key"] !== KEY) return refuse(401, "unauthorized", "authentication failed");
  if (path !== "/v1/detect") return { status: 200, body: { path, method: request.method } };
  if (request.method !== "POST") return refuse(405, "method_not_allowed", "use POST");
  if (request.headers["content-type"] !== "application/json") return refuse(400, "invalid_argument", "invalid json");
  const { stream_id, events } = body as { stream_id?: unknown; events?: unknown };
  if (typeof stream_id !== "string") return refuse(400, "invalid_argument", "stream_id must be a text");
  if (!Array.isArray(events) || events.length === 0) return refuse(400, "invalid_argument", "events required");
  if (events.length > 1000) return refuse(400, "invalid_argument", "too many events: max 1000 per request");
  if (events.includes(null)) return refuse(400, "invalid_argument", "event is empty");
  const anomalies = (events as { body?: { odd?: unknown } }[]).flatMap((event, index) =>
    event.body?.odd === true
      ? [
          {
            id: "a1",
            index,
            why: "odd",
            metrics: { NCD: 0.9, PValue: 0.001, ConfidenceLevel: 0.99 },
            event,
            detected: true,
          },
        ]
      : [],
  );
  return {
    status: 200,
    body: {
      success: true,
      batch_id: "b1",
      stream_id: "s1",
      total_events: events.length,
      anomaly_count: anomalies.length,
      anomalies: standIn.isCalibrating ? null : anomalies,
      request_id: request.headers["x-request-id"],
      status: standIn.isCalibrating ? "calibrating" : "ready",
      detection_ready: !standIn.isCalibrating,
    },
  };
}

function refuse(status: number, code: string, message: string): StagedAnswer {
  return { status, body: { error: { code, message, request_id: "r-1" } } };
}
