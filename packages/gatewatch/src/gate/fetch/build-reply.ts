import type { EarlyReply, Exchange } from "../exchange.ts";
import type { Gate } from "../gate.ts";
import { lengthOfText } from "./encode-text.ts";
import { PlainHeaders } from "./plain-headers.ts";

interface Replied extends Pick<Exchange, "method"> {
  readonly gate: Gate;
}

/** A layer's reply as a response; undefined when it cannot be one. */
export function buildReply(x: Replied, { status, headers, body }: EarlyReply): Response | undefined {
  try {
    const list = new PlainHeaders();
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === "string") list.append(name, value);
      else for (const item of value) list.append(name, item);
    }
    const hasBody = status !== 204 && status !== 205 && status !== 304;
    // A HEAD says the length that GET would have.
    if (hasBody && !list.has("content-length")) list.set("Content-Length", String(lengthOf(body)));
    const content = hasBody && x.method !== "HEAD" ? (body as ConstructorParameters<typeof Response>[0]) : null;
    return new Response(content, { status, headers: list.toInit() });
  } catch (error) {
    x.gate.guard.failed("gate", "reply", error);
    return undefined;
  }
}

function lengthOf(body: string | Uint8Array): number {
  return typeof body === "string" ? lengthOfText(body) : body.byteLength;
}
