import type { ResponseHead } from "../exchange.ts";

const IS_BUN = "Bun" in globalThis;

/**
 * Bun gives the body of a text its type when it sends it, and bytes none: a text that has been read as bytes needs it from us.
 * Bytes that are text get it too, since nothing tells them apart.
 */
export function fillBunType(head: ResponseHead, body: Uint8Array): void {
  if (!IS_BUN || body.byteLength === 0 || head.has("content-type")) return;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(body);
    head.set("Content-Type", "text/plain;charset=utf-8");
  } catch {
    // Not a text.
  }
}
