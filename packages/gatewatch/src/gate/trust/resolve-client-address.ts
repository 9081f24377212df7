import type { HeaderReader } from "../exchange.ts";
import { parseForwarded } from "./parse-forwarded.ts";
import { tryParseAddress, unmapAddress } from "./parse-address.ts";
import type { TrustList } from "./parse-trust-list.ts";

/** A chain longer than this is read only so far: the rest is written by strangers anyway. */
const MAX_HOPS = 32;
const MAX_HEADER_LENGTH = 8192;

/**
 * The client's address: from the peer leftwards through `X-Forwarded-For`, else `Forwarded` (RFC 7239), to the first hop that is not trusted;
 * without both `X-Real-IP`. An entry that is no address ends the walk at the hop that wrote it. Mapped IPv4 is unmapped.
 */
export function resolveClientAddress(
  peer: string | undefined,
  headers: HeaderReader,
  trust: TrustList,
): string | undefined {
  if (peer === undefined || trust.empty || !trust.isTrusted(peer)) return peer;
  const chain = forwardingChain(headers);
  if (chain === undefined) {
    const real = tryReadHop(headers.get("x-real-ip") ?? "");
    return real ?? peer;
  }
  let client = peer;
  const last = Math.max(0, chain.length - MAX_HOPS);
  for (let index = chain.length - 1; index >= last; index--) {
    const hop = tryReadHop(chain[index] ?? "");
    if (hop === undefined) return client;
    client = hop;
    if (!trust.isTrusted(hop)) return client;
  }
  return client;
}

function forwardingChain(headers: HeaderReader): readonly string[] | undefined {
  const list = headers.get("x-forwarded-for");
  if (list !== undefined) return list.slice(-MAX_HEADER_LENGTH).split(",");
  const forwarded = headers.get("forwarded");
  if (forwarded === undefined) return undefined;
  return parseForwarded(forwarded).map((element) => element.for ?? "");
}

/** `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1` or `[2001:db8::1]:443`; undefined for `unknown`, `_hidden` and anything else. */
export function tryReadHop(text: string): string | undefined {
  let hop = text.trim();
  if (hop.startsWith("[")) {
    const match = /^\[([^\]]{2,60})\](?::\d{1,5})?$/.exec(hop);
    if (match === null) return undefined;
    hop = match[1] ?? "";
    if (!hop.includes(":")) return undefined;
  } else {
    const colon = hop.indexOf(":");
    // A dot before the first colon: IPv4 with a port. A colon first: IPv6, perhaps with an IPv4 tail.
    if (colon !== -1 && hop.lastIndexOf(".", colon) !== -1) {
      if (!/^\d{1,5}$/.test(hop.slice(colon + 1))) return undefined;
      hop = hop.slice(0, colon);
    }
  }
  return tryParseAddress(hop) === undefined ? undefined : unmapAddress(hop);
}
