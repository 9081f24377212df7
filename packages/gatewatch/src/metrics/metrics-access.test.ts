import { describe, expect, it } from "vitest";
import { parseTrustList } from "../gate/trust/parse-trust-list.ts";
import { answerMetrics } from "./answer-metrics.ts";
import { MetricRegistry } from "./metric-registry.ts";
import { MetricsAccess } from "./metrics-access.ts";

const TOKEN = "0123456789abcdef";
const registry = new MetricRegistry({
  maxSeries: 10,
  clock: { now: () => 0, monotonicMs: () => 0 },
  notice: () => undefined,
});

interface Case {
  token?: string;
  allow?: string[];
  trust?: string[];
  peer?: string | undefined;
  client?: string | undefined;
  headers?: Record<string, string>;
  method?: string;
  isOpen?: boolean;
}

function ask({ token, allow = [], trust = [], headers = {}, method = "GET", isOpen = false, ...rest }: Case) {
  const peer = "peer" in rest ? rest.peer : "127.0.0.1";
  const clientAddress = "client" in rest ? rest.client : peer;
  const reader = { get: (name: string) => headers[name], getAll: () => [], entries: () => Object.entries(headers) };
  const access = new MetricsAccess(token ?? null, parseTrustList(allow));
  return answerMetrics(
    { method, headers: reader, peer, clientAddress },
    { registry, access, trust: parseTrustList(trust), isOpen },
  );
}

describe("who may read the metrics", () => {
  it.each([
    ["who has the token", { token: TOKEN, headers: { authorization: `Bearer ${TOKEN}` } }, 200],
    ["who writes the scheme in small letters", { token: TOKEN, headers: { authorization: `bearer  ${TOKEN}` } }, 200],
    ["not who has none", { token: TOKEN }, 401],
    ["not who has another", { token: TOKEN, headers: { authorization: "Bearer fedcba9876543210" } }, 401],
    ["not who has a part", { token: TOKEN, headers: { authorization: `Bearer ${TOKEN.slice(1)}` } }, 401],
    ["not who has more", { token: TOKEN, headers: { authorization: `Bearer ${TOKEN}x` } }, 401],
    ["not who has it twice", { token: TOKEN, headers: { authorization: `Bearer ${TOKEN}${TOKEN}` } }, 401],
    ["not who has nothing", { token: TOKEN, headers: { authorization: "Bearer " } }, 401],
    ["not by Basic", { token: TOKEN, headers: { authorization: `Basic ${TOKEN}` } }, 401],
    ["not by the bare token", { token: TOKEN, headers: { authorization: TOKEN } }, 401],
    ["not by an endless token", { token: TOKEN, headers: { authorization: `Bearer ${"x".repeat(100_000)}` } }, 401],
    ["who asks from an address that may", { allow: ["loopback"] }, 200],
    ["who asks from a block that may", { allow: ["10.0.0.0/8"], peer: "10.9.8.7" }, 200],
    ["who asks over IPv6", { allow: ["::1"], peer: "::1" }, 200],
    ["not who asks from elsewhere", { allow: ["loopback"], peer: "203.0.113.9" }, 403],
    ["not who comes from nowhere", { allow: ["loopback"], peer: undefined }, 403],
    ["not by a proxy on this machine", { allow: ["loopback"], headers: { "x-forwarded-for": "203.0.113.9" } }, 403],
    ["not by a proxy that says it otherwise", { allow: ["loopback"], headers: { forwarded: "for=203.0.113.9" } }, 403],
    ["not by a proxy that says little", { allow: ["loopback"], headers: { via: "1.1 nginx" } }, 403],
    ["not by a proxy that says even less", { allow: ["loopback"], headers: { "x-forwarded-proto": "https" } }, 403],
    [
      "not by who lies about itself",
      { allow: ["10.0.0.1"], peer: "203.0.113.9", headers: { "x-real-ip": "10.0.0.1" } },
      403,
    ],
    [
      "who a trusted proxy speaks for",
      { allow: ["10.0.0.1"], trust: ["loopback"], client: "10.0.0.1", headers: { "x-forwarded-for": "10.0.0.1" } },
      200,
    ],
    [
      "not another that a trusted proxy speaks for",
      {
        allow: ["10.0.0.1", "loopback"],
        trust: ["loopback"],
        client: "203.0.113.9",
        headers: { "x-forwarded-for": "203.0.113.9" },
      },
      403,
    ],
    ["either by token or by address", { token: TOKEN, allow: ["loopback"] }, 200],
    [
      "by token from elsewhere",
      { token: TOKEN, allow: ["loopback"], peer: "203.0.113.9", headers: { authorization: `Bearer ${TOKEN}` } },
      200,
    ],
    ["nobody where nothing is said", {}, 403],
    ["everybody where that is said", { isOpen: true, peer: undefined }, 200],
    ["by HEAD", { allow: ["loopback"], method: "HEAD" }, 200],
    ["not by POST", { allow: ["loopback"], method: "POST" }, 405],
    ["not by OPTIONS", { allow: ["loopback"], method: "OPTIONS" }, 405],
    ["strangers are not told which methods there are", { token: TOKEN, method: "POST" }, 401],
  ] as [string, Case, number][])("%s", (_who, given, status) => {
    const reply = ask(given);
    expect(reply.status).toBe(status);
    expect(reply.headers["Cache-Control"]).toBe("no-store");
    expect(reply.headers["WWW-Authenticate"]).toBe(status === 401 ? 'Bearer realm="metrics"' : undefined);
  });
});
