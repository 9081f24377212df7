import type { OutgoingHttpHeader, ServerResponse } from "node:http";
import type { NodeHead } from "./node-head.ts";
import type { Outgoing } from "./outgoing.ts";

/** What `writeHead` of HTTP/1 leaves in a response beside the head itself; each by its name, since this runs for every head that is held. */
export interface Flags {
  chunkedEncoding: boolean;
  shouldKeepAlive: boolean;
  statusMessage: string;
  _contentLength: number | null;
  _last: boolean;
  _removedConnection: boolean;
  _removedContLen: boolean;
  _removedTE: boolean;
  _defaultKeepAlive: boolean;
  _hasBody: boolean;
}

/** How a response stands now: its head can be made again from there as long as none of it has left. */
export function readFlags(response: ServerResponse): Flags {
  const now = response as unknown as Flags;
  return {
    chunkedEncoding: now.chunkedEncoding,
    shouldKeepAlive: now.shouldKeepAlive,
    statusMessage: now.statusMessage,
    _contentLength: now._contentLength,
    _last: now._last,
    _removedConnection: now._removedConnection,
    _removedContLen: now._removedContLen,
    _removedTE: now._removedTE,
    _defaultKeepAlive: now._defaultKeepAlive,
    _hasBody: now._hasBody,
  };
}

export function writeFlags(response: ServerResponse, flags: Flags): void {
  const target = response as unknown as Flags;
  target.chunkedEncoding = flags.chunkedEncoding;
  target.shouldKeepAlive = flags.shouldKeepAlive;
  target.statusMessage = flags.statusMessage;
  target._contentLength = flags._contentLength;
  target._last = flags._last;
  target._removedConnection = flags._removedConnection;
  target._removedContLen = flags._removedContLen;
  target._removedTE = flags._removedTE;
  target._defaultKeepAlive = flags._defaultKeepAlive;
  target._hasBody = flags._hasBody;
}

/** Whether Node holds this head back still, in the form that this version of Node is known to use. */
export function isHeadHeld(response: ServerResponse): response is Outgoing {
  const { _header, _headerSent } = response as Outgoing;
  return typeof _header === "string" && _headerSent === false;
}

/** HTTP/2 sends a head at once. Until the body is known it is held, and the response behaves as if it were sent. */
export function holdHttp2Head(response: ServerResponse, head: NodeHead, status: number): void {
  head.settle();
  response.statusCode = status;
  Object.defineProperty(response, "headersSent", { value: true, configurable: true });
  for (const name of REFUSED) Reflect.set(response, name, refuse);
}

export function releaseHttp2Head(response: ServerResponse): void {
  Reflect.deleteProperty(response, "headersSent");
  for (const name of REFUSED) Reflect.deleteProperty(response, name);
}

const REFUSED = ["setHeader", "appendHeader", "removeHeader"] as const;

/** @throws Error with the code of HTTP/2's own refusal. */
export function refuse(_name?: string, _value?: OutgoingHttpHeader): never {
  throw Object.assign(new Error("Response has already been initiated."), { code: "ERR_HTTP2_HEADERS_SENT" });
}
