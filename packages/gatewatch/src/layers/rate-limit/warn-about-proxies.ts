import type { Exchange } from "../../gate/exchange.ts";
import type { WriteNotice } from "../../gate/notices.ts";
import { NAMED_RANGES, parseTrustList } from "../../gate/trust/parse-trust-list.ts";

/** Requests looked at after the start. */
const LOOKED_AT = 1_000;

/**
 * Behind a proxy that is not trusted everybody has the proxy's address, and one client uses up the limit of all. Says so once, when a
 * request came from a private address that speaks for another.
 */
export function createProxyWarning(notice: WriteNotice): (x: Exchange) => void {
  const near = parseTrustList(Object.keys(NAMED_RANGES));
  let left = LOOKED_AT;
  return (x) => {
    if (left === 0) return;
    left--;
    const { peer } = x;
    if (peer === undefined || peer !== x.clientAddress || !near.isTrusted(peer)) return;
    if (x.headers.get("x-forwarded-for") === undefined && x.headers.get("forwarded") === undefined) return;
    left = 0;
    notice({
      level: "warn",
      code: "proxy_not_trusted",
      message:
        'a proxy speaks for its clients, but trustProxy does not name it: they all share one rate limit. Set trustProxy to the proxy\'s address or range, for example "loopback" or "private".',
    });
  };
}
