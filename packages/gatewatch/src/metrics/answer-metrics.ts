import type { EarlyReply, HeaderReader } from "../gate/exchange.ts";
import type { TrustList } from "../gate/trust/parse-trust-list.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import type { MetricsAccess } from "./metrics-access.ts";

export interface MetricsRequest {
  method: string;
  headers: HeaderReader;
  /** Address of the socket's other end. */
  peer: string | undefined;
  /** By the trust rules. */
  clientAddress: string | undefined;
}

export interface MetricsServing {
  registry: MetricRegistry;
  access: MetricsAccess;
  /** Who may say for whom it asks. */
  trust: TrustList;
  /** The app itself has decided who comes here. */
  isOpen: boolean;
}

/** What a proxy writes that asks for somebody else. */
const FORWARDING = ["forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via"];

/** The metrics as text, or why there are none. */
export function answerMetrics(
  { method, headers, peer, clientAddress }: MetricsRequest,
  serving: MetricsServing,
): EarlyReply {
  const { registry, access, trust, isOpen } = serving;
  const isPeerTrusted = peer !== undefined && trust.isTrusted(peer);
  const reader = {
    authorization: headers.get("authorization"),
    address: clientAddress,
    isForwarded: !isPeerTrusted && FORWARDING.some((name) => headers.get(name) !== undefined),
  };
  if (!isOpen && !access.isAllowed(reader)) {
    return access.asksForToken
      ? refuse(401, "A bearer token is needed.\n", { "WWW-Authenticate": 'Bearer realm="metrics"' })
      : refuse(403, "This address may not read the metrics.\n", {});
  }
  if (method !== "GET" && method !== "HEAD") return refuse(405, "Only GET and HEAD.\n", { Allow: "GET, HEAD" });
  const { contentType, body } = registry.exposeBytes(headers.get("accept"));
  return { status: 200, headers: { "Content-Type": contentType, "Cache-Control": "no-store", Vary: "Accept" }, body };
}

function refuse(status: number, body: string, headers: Record<string, string>): EarlyReply {
  const usual = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
  return { status, headers: { ...usual, ...headers }, body };
}
