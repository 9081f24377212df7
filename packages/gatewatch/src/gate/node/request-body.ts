import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { isKeptText } from "../is-kept-text.ts";

/** Whether this request announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request as { headers?: IncomingMessage["headers"] | null };
  if (headers === undefined || headers === null) return false;
  // HTTP/2 needs neither header: its frames tell.
  if (request.httpVersionMajor === 2) return readStream(request)?.endAfterHeaders === false;
  const length = headers["content-length"];
  return (length !== undefined && length !== "0") || headers["transfer-encoding"] !== undefined;
}

function readStream(request: object): { endAfterHeaders?: boolean } | undefined {
  return (request as { stream?: { endAfterHeaders?: boolean } }).stream;
}

/** Whether the body is text worth keeping for an error's context. */
export function isKeptBody({ method = "", headers }: IncomingMessage): boolean {
  return isKeptText(method, headers["content-encoding"], headers["content-type"]);
}

/** Counts the bytes of a request's body as they arrive, and keeps them as long as they are few. */
export class RequestBody {
  bytes = 0;
  #kept: Buffer[] | undefined;
  readonly #maxBytes: number;

  /** @param maxBytes beyond it nothing is kept; 0 keeps nothing. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    if (maxBytes > 0) this.#kept = [];
  }

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#kept === undefined) return;
    if (this.bytes > this.#maxBytes) this.#kept = undefined;
    else this.#kept.push(chunk);
  }

  /** The text so far; undefined when it is not kept, empty or not UTF-8. */
  text(): string | undefined {
    if (this.#maxBytes > 0 && this.bytes > this.#maxBytes) return `[Body too large: ${this.bytes} bytes]`;
    if (this.#kept === undefined || this.bytes === 0) return undefined;
    const whole = Buffer.concat(this.#kept);
    return isUtf8(whole) ? whole.toString("utf8") : undefined;
  }
}
