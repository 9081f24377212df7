import type { Json } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange } from "../gate/exchange.ts";
import { copyJson } from "./copy-json.ts";

const METHODS = new Set(["POST", "PUT", "PATCH"]);
/** What an exchange says that did not keep its body: longer than a very small limit by itself. */
const TOO_LARGE = /^\[Body too large: \d{1,16} bytes\]$/;

/** The redacted body of a POST, PUT or PATCH; `[Body too large: n bytes]` beyond the limit; undefined when there is none. */
export function captureBody(x: Exchange, redactor: Redactor, maxBytes: number): Json | undefined {
  if (!METHODS.has(x.method)) return undefined;
  const body = x.body();
  if (body === undefined) return undefined;
  const contentType = x.headers.get("content-type") ?? "";
  if (typeof body === "string") {
    if (TOO_LARGE.test(body)) return body;
    const bytes = Buffer.byteLength(body);
    if (bytes > maxBytes) return tooLarge(bytes);
    // Its parts hold field names and values on lines of their own, which no text rule can pair.
    if (/^multipart\//i.test(contentType)) return `[multipart: ${bytes} bytes]`;
    return redactText(body, contentType, redactor);
  }
  const announced = Number(x.headers.get("content-length"));
  if (announced > maxBytes) return tooLarge(announced);
  // Strings stay whole, so that the count is true of what a compressed body became.
  const copy = copyJson(body, { maxNodes: maxBytes, maxStringLength: Infinity });
  const bytes = Buffer.byteLength(JSON.stringify(copy));
  if (bytes > maxBytes) return tooLarge(bytes);
  return redactor.redactValue(copy);
}

function tooLarge(bytes: number): string {
  return `[Body too large: ${bytes} bytes]`;
}

function redactText(body: string, contentType: string, redactor: Redactor): Json {
  if (/[/+]json\b/i.test(contentType) || /^\s*[[{]/.test(body)) {
    try {
      return redactor.redactValue(copyJson(JSON.parse(body)));
    } catch {
      return redactor.redactText(body);
    }
  }
  if (/^application\/x-www-form-urlencoded/i.test(contentType)) return redactor.redactValue(readForm(body));
  return redactor.redactText(body);
}

/** Fields of a query or form; a repeated field becomes a list. */
export function readForm(text: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(text)) {
    const known = fields[name];
    fields[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  return { ...fields };
}
