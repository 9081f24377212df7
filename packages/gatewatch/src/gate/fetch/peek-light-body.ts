/** A body that a server keeps beside its response, unread: its status, the body, and headers in whatever form they were given. */
export type LightBody = readonly [
  status: number,
  body: string | Uint8Array | ReadableStream<Uint8Array> | Blob | null,
  headers: ConstructorParameters<typeof Headers>[0],
];

let knownKey: symbol | undefined;

/**
 * The body of a response as @hono/node-server keeps it until somebody asks for the real `Response`, which costs more than all else in an
 * exchange. Only read, never written; undefined where there is none, and then the standard way works.
 */
export function peekLightBody(response: Response): LightBody | undefined {
  if (knownKey !== undefined) {
    const known: unknown = Reflect.get(response, knownKey);
    return isLightBody(known) ? known : undefined;
  }
  for (const key of Object.getOwnPropertySymbols(response)) {
    if (key.description !== "cache") continue;
    const found: unknown = Reflect.get(response, key);
    if (!isLightBody(found)) continue;
    knownKey = key;
    return found;
  }
  return undefined;
}

function isLightBody(value: unknown): value is LightBody {
  return Array.isArray(value) && value.length === 3 && typeof value[0] === "number" && isBody(value[1]);
}

function isBody(value: unknown): boolean {
  return (
    value === null ||
    typeof value === "string" ||
    value instanceof Uint8Array ||
    value instanceof ReadableStream ||
    value instanceof Blob
  );
}
