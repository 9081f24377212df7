import { runInExchange } from "../context.ts";
import { isKeptText } from "../is-kept-text.ts";
import type { FetchExchange } from "./fetch-exchange.ts";
import type { NodeIncoming } from "./fetch-platform.ts";

/** Counts the bytes of a request's body, and keeps them as long as they are few. */
export class FetchRequestBody {
  readonly #maxBytes: number;
  readonly #count: () => number;
  #kept: Uint8Array[] | undefined;
  #bytes = 0;

  /**
   * @param maxBytes beyond it nothing is kept; 0 keeps nothing.
   * @param count the size so far where the bytes themselves are not seen.
   */
  constructor(maxBytes: number, count: () => number = () => 0) {
    this.#maxBytes = maxBytes;
    this.#count = count;
    if (maxBytes > 0) this.#kept = [];
  }

  get bytes(): number {
    return this.#bytes === 0 ? this.#count() : this.#bytes;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#kept === undefined) return;
    if (this.#bytes > this.#maxBytes) this.#kept = undefined;
    else this.#kept.push(chunk);
  }

  /** The text so far; undefined when it is not kept, empty or not UTF-8. */
  text(): string | undefined {
    const { bytes } = this;
    if (this.#maxBytes > 0 && bytes > this.#maxBytes) return `[Body too large: ${bytes} bytes]`;
    if (this.#kept === undefined || this.#kept.length === 0) return undefined;
    const decoder = new TextDecoder("utf-8", { fatal: true });
    try {
      return this.#kept.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
    } catch {
      return undefined;
    }
  }
}

/**
 * Watches the body on its way to the app without standing in it: where Node reads it, chunk by chunk; elsewhere through a copy, which is
 * made only of a text that announces a length within the limit. Otherwise only the announced length is known.
 */
export function watchRequestBody(x: FetchExchange): void {
  const { incoming } = x.platform;
  // In HTTP/2 a body needs neither of the two headers, but GET and HEAD have none in Fetch.
  if (x.method === "GET" || x.method === "HEAD") return;
  const announced = x.headers.get("content-length");
  if (announced === "0") return;
  const limit = isKept(x) ? x.gate.maxBodyBytes : 0;
  if (incoming !== undefined) {
    watchIncoming(x, incoming, (x.requestBody = new FetchRequestBody(limit)));
    return;
  }
  if (x.request.body === null) return;
  const length = announced !== undefined && /^\d{1,15}$/.test(announced) ? Number(announced) : undefined;
  const body = new FetchRequestBody(limit, () => (length !== undefined && x.request.bodyUsed ? length : 0));
  x.requestBody = body;
  // In Deno a copy of a request makes a warning of the runtime's about signals.
  const mayCopy = x.platform.completed === undefined;
  if (mayCopy && limit > 0 && length !== undefined && length <= limit && !x.request.bodyUsed)
    void readCopy(x.request.clone(), body);
}

function isKept({ gate, method, headers }: FetchExchange): boolean {
  return gate.maxBodyBytes > 0 && isKeptText(method, headers.get("content-encoding"), headers.get("content-type"));
}

/** Node hands a body in through `push` of this one request: hooked, it counts without reading, and keeps the readers' context. */
function watchIncoming(x: FetchExchange, incoming: NodeIncoming, body: FetchRequestBody): void {
  const { push } = incoming;
  incoming.push = function observedPush(this: NodeIncoming, chunk: unknown, encoding?: unknown): boolean {
    if (chunk instanceof Uint8Array) body.add(chunk);
    return runInExchange(x, callPush, this, push, chunk, encoding);
  };
}

function callPush(incoming: NodeIncoming, push: NodeIncoming["push"], chunk: unknown, encoding?: unknown): boolean {
  return push.call(incoming, chunk, encoding);
}

async function readCopy(copy: Request, body: FetchRequestBody): Promise<void> {
  try {
    for await (const chunk of copy.body ?? []) body.add(chunk);
  } catch {
    // The client went away in the middle: what has arrived is kept.
  }
}
