import type { ServerResponse } from "node:http";
import type { EarlyReply } from "../exchange.ts";
import type { NodeExchange } from "./node-exchange.ts";
import { hasNoHeaders, tryPutHeaders } from "./out-headers.ts";
import { isBodyless } from "./outgoing.ts";

/** What an app may have said of a body that is now another one. */
const BODY_HEADERS = [
  "Accept-Ranges",
  "Cache-Control",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Content-Length",
  "Content-Range",
  "Content-Type",
  "ETag",
  "Expires",
  "Last-Modified",
  "Transfer-Encoding",
];

/** Headers of a connection: HTTP/2 has none. */
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** Answers with a layer's reply instead of the app; false when that was not possible and the app may still answer. Never throws. */
export function trySendReply(x: NodeExchange, response: ServerResponse, reply: EarlyReply): boolean {
  if (response.headersSent || response.writableEnded || response.destroyed) return false;
  const names: string[] = [];
  const statusBefore = response.statusCode;
  try {
    if (!hasNoHeaders(response)) {
      for (const name of BODY_HEADERS) if (response.hasHeader(name)) response.removeHeader(name);
    }
    response.statusCode = reply.status;
    if (!x.isHttp2 && response.statusMessage !== undefined) response.statusMessage = "";
    const { checked, body, status } = reply;
    if (checked !== undefined && !x.isHttp2 && tryPutHeaders(response, checked)) {
      if (isBodyless(x.method, status)) response.end();
      else response.end(toNodeBytes(body));
      return true;
    }
    const { headers } = reply;
    for (const name in headers) {
      if (!Object.hasOwn(headers, name) || (x.isHttp2 && CONNECTION_HEADERS.has(name.toLowerCase()))) continue;
      response.setHeader(name, headers[name]!);
      names.push(name);
    }
    const hasBody = status >= 200 && status !== 204 && status !== 304;
    // A HEAD says the length that GET would have.
    if (hasBody && !response.hasHeader("Transfer-Encoding"))
      response.setHeader("Content-Length", Buffer.byteLength(body));
    if (isBodyless(x.method, status)) response.end();
    else response.end(toNodeBytes(body));
    return true;
  } catch (error) {
    x.gate.guard.failed("gate", "reply", error);
    if (response.headersSent) return true;
    for (const { name } of reply.checked ?? []) response.removeHeader(name);
    for (const name of names) response.removeHeader(name);
    response.removeHeader("Content-Length");
    response.statusCode = statusBefore;
    return false;
  }
}

/** Node's own kind of bytes, over the same memory: short ones go out together with the head. */
function toNodeBytes(body: string | Uint8Array): string | Buffer {
  if (typeof body === "string" || body instanceof Buffer) return body;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
