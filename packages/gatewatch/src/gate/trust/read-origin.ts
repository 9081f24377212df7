import type { HeaderReader } from "../exchange.ts";
import { parseForwarded } from "./parse-forwarded.ts";

const HOST = /^[\w.\-:[\]]{1,255}$/;

/** The scheme that the client used: a trusted peer's word for it, else the connection's own. */
export function readScheme(own: "http" | "https", headers: HeaderReader, isPeerTrusted: boolean): "http" | "https" {
  if (!isPeerTrusted) return own;
  const told = lastItem(headers.get("x-forwarded-proto")) ?? lastForwarded(headers)?.proto;
  const scheme = told?.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : own;
}

/** The host that the client asked for: a trusted peer's word for it, else the `Host` header or HTTP/2's `:authority`; undefined when it is none. */
export function readHost(headers: HeaderReader, isPeerTrusted: boolean): string | undefined {
  const told = isPeerTrusted ? (lastItem(headers.get("x-forwarded-host")) ?? lastForwarded(headers)?.host) : undefined;
  const host = told ?? headers.get("host") ?? headers.get(":authority");
  return host !== undefined && HOST.test(host) ? host : undefined;
}

function lastForwarded(headers: HeaderReader): { proto?: string; host?: string } | undefined {
  const header = headers.get("forwarded");
  return header === undefined ? undefined : parseForwarded(header).at(-1);
}

/** Proxies append: the last item is the one that the trusted peer wrote. */
function lastItem(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return header.slice(header.lastIndexOf(",") + 1).trim() || undefined;
}
