/** The request of a Node server below a Fetch one, as @hono/node-server hands it on. */
export interface NodeIncoming {
  url?: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  socket?: { remoteAddress?: string; encrypted?: boolean } | null;
  push(chunk: unknown, encoding?: unknown): boolean;
}

export interface NodeOutgoing {
  once(event: "close", listener: () => void): unknown;
  readonly writableFinished: boolean;
  readonly headersSent: boolean;
  readonly statusCode: number;
}

/** What the runtime tells of a request beside the `Request` itself; each part may be unknown. */
export interface FetchPlatform {
  /** Address of the connection's other end. */
  readonly address: string | undefined;
  readonly incoming: NodeIncoming | undefined;
  readonly outgoing: NodeOutgoing | undefined;
  /** Settles when the answer has left, or has been cut off. */
  readonly completed: PromiseLike<unknown> | undefined;
  /** Keeps a worker alive for what happens after its answer. */
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
}

const UNKNOWN: FetchPlatform = {
  address: undefined,
  incoming: undefined,
  outgoing: undefined,
  completed: undefined,
  waitUntil: undefined,
};

/**
 * Reads what a runtime hands to a fetch handler after the request: `{ incoming, outgoing }` on Node (@hono/node-server), the connection's
 * info in Deno, the server in Bun, `env` and `ctx` in workers. Never throws.
 */
export function readPlatform(request: Request, rest: readonly unknown[]): FetchPlatform {
  try {
    const [first, second] = rest;
    if (isObject(first)) {
      const { incoming, outgoing } = first as { incoming?: unknown; outgoing?: unknown };
      if (isIncoming(incoming)) {
        return {
          ...UNKNOWN,
          address: incoming.socket?.remoteAddress,
          incoming,
          outgoing: isOutgoing(outgoing) ? outgoing : undefined,
        };
      }
      const { remoteAddr, completed, requestIP } = first as Record<string, unknown>;
      if (isObject(remoteAddr)) {
        const { hostname } = remoteAddr as { hostname?: unknown };
        return { ...UNKNOWN, address: toText(hostname), completed: isThenable(completed) ? completed : undefined };
      }
      if (typeof requestIP === "function") {
        const found = (first as { requestIP(request: Request): { address?: unknown } | null }).requestIP(request);
        return { ...UNKNOWN, address: toText(found?.address) };
      }
    }
    const context = isObject(second) ? second : first;
    if (isObject(context) && typeof Reflect.get(context, "waitUntil") === "function") {
      const worker = context as { waitUntil(work: Promise<unknown>): void };
      return { ...UNKNOWN, waitUntil: (work) => worker.waitUntil(work) };
    }
  } catch {
    // A runtime that is not what it looks like: nothing is known of the connection.
  }
  return UNKNOWN;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isIncoming(value: unknown): value is NodeIncoming {
  return isObject(value) && "headers" in value && "push" in value && typeof value.push === "function";
}

function isOutgoing(value: unknown): value is NodeOutgoing {
  return isObject(value) && "writableFinished" in value && "once" in value && typeof value.once === "function";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && "then" in value && typeof value.then === "function";
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
