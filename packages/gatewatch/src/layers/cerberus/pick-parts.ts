import type { Json } from "@gatewatch/protocol";
import type { Exchange } from "../../gate/exchange.ts";

const MAX_FIELDS = 100;
const MAX_TEXT = 4_096;
const MAX_BODY_BYTES = 65_536;

/** Request headers of the allow-list; undefined when it is empty. */
export function pickHeaders(x: Exchange, allowed: readonly string[]): Record<string, string | string[]> | undefined {
  if (allowed.length === 0) return undefined;
  const picked: [string, string | string[]][] = [];
  for (const [name, value] of x.headers.entries()) {
    if (!isAllowed(allowed, name) || picked.length >= MAX_FIELDS) continue;
    picked.push([
      name,
      typeof value === "string" ? value.slice(0, MAX_TEXT) : value.map((item) => item.slice(0, MAX_TEXT)),
    ]);
  }
  return Object.fromEntries(picked);
}

/** Query fields of the allow-list; a field that came more than once is a list. */
export function pickQuery(x: Exchange, allowed: readonly string[]): Record<string, string | string[]> | undefined {
  if (allowed.length === 0) return undefined;
  const picked = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(x.url.slice(x.path.length + 1).slice(0, MAX_TEXT))) {
    if (!isAllowed(allowed, name)) continue;
    const before = picked.get(name);
    if (before === undefined && picked.size >= MAX_FIELDS) continue;
    picked.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(picked);
}

/** Members of a JSON body in the allow-list; lists and plain values only where all are allowed. */
export function pickBody(x: Exchange, bytes: number, allowed: readonly string[]): Json | undefined {
  if (allowed.length === 0 || !/json/i.test(x.headers.get("content-type") ?? "")) return undefined;
  if (bytes > MAX_BODY_BYTES) return `[Body too large: ${bytes} bytes]`;
  const body = tryParse(x.body());
  if (allowed.includes("*") || body === undefined) return body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  return Object.fromEntries(Object.entries(body).filter(([name]) => allowed.includes(name)));
}

function isAllowed(allowed: readonly string[], name: string): boolean {
  return allowed.includes(name) || allowed.includes("*");
}

/** A body that the app has not parsed is a text. */
function tryParse(body: Json | undefined): Json | undefined {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
