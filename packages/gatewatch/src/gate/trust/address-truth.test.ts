import { BlockList, isIP, isIPv4 } from "node:net";
import { expect, it } from "vitest";
import type { HeaderReader } from "../exchange.ts";
import { parseTrustList } from "./parse-trust-list.ts";
import { resolveClientAddress } from "./resolve-client-address.ts";

const CASES = Number(process.env.ADDRESS_CASES ?? 100_000);

/** A small generator with a seed, so that a failing case can be named (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const V4 = [
  "127.0.0.1",
  "10.1.2.3",
  "10.255.0.9",
  "172.16.5.5",
  "192.168.1.1",
  "203.0.113.7",
  "198.51.100.200",
  "100.64.3.3",
];
const V6 = [
  "::1",
  "fe80::1",
  "fd00:1::9",
  "2001:db8::1",
  "2001:db8:0:1::5",
  "2A00:1450:4001:81B::200E",
  "64:ff9b::10.1.2.3",
];
const WRONG = [
  "unknown",
  "_hidden",
  "",
  " ",
  "256.1.1.1",
  "1.2.3",
  "01.2.3.4",
  "::g",
  "1::2::3",
  "[::1",
  "10.1.2.3:",
  "10.1.2.3:99999999",
  "<x>",
  "a,b;c",
];
const LISTS = [
  ["127.0.0.1"],
  ["loopback"],
  ["10.0.0.0/8"],
  ["private", "loopback"],
  ["10.0.0.0/9", "fd00::/8"],
  ["::1", "2001:db8::/63", "192.168.0.0/30"],
  ["cgnat", "linklocal", "203.0.113.0/29"],
  ["0.0.0.0/0"],
  ["::ffff:10.0.0.0/104"],
];
const NAMED: Record<string, string[]> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  cgnat: ["100.64.0.0/10"],
};

/** The address as the platform's URL parser writes it; mapped IPv4 (RFC 4291, 2.5.5.2) as IPv4. Shares no code with what is tested. */
function canonical(text: string): string | undefined {
  const bare = text.split("%")[0]!;
  const kind = isIP(bare);
  if (kind === 0) return undefined;
  if (kind === 4) return bare;
  const written = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (mapped === null) return written;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** Node's own BlockList decides who is trusted. */
function createReferenceTrust(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries.flatMap((name) => NAMED[name] ?? [name])) {
    const [address = "", prefix] = entry.split("/");
    const mapped = isIPv4(address) ? undefined : canonical(address);
    if (mapped !== undefined && isIPv4(mapped)) list.addSubnet(mapped, Number(prefix ?? 128) - 96, "ipv4");
    else {
      const family = isIPv4(address) ? "ipv4" : "ipv6";
      list.addSubnet(address, Number(prefix ?? (family === "ipv4" ? 32 : 128)), family);
    }
  }
  return (address) => list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** The hop's address as RFC 7239, section 6 writes nodes, and as proxies write `X-Forwarded-For`. */
function hopOf(text: string): string | undefined {
  const bracketed = /^\[([^\]]*:[^\]]*)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) return canonical(bracketed[1]!);
  const withPort = /^(\d+\.\d+\.\d+\.\d+):(\d{1,5})$/.exec(text);
  return canonical(withPort === null ? text : withPort[1]!);
}

/** Walks from the peer to the client as the rule is stated: each trusted hop is believed about the hop before it, and nobody else. */
function resolveByTheRule(
  peer: string,
  hops: readonly string[] | undefined,
  real: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  let current = canonical(peer)!;
  if (hops === undefined) return (isTrusted(current) && real !== undefined ? hopOf(real.trim()) : undefined) ?? current;
  for (const hop of hops.toReversed()) {
    if (!isTrusted(current)) return current;
    const next = hopOf(hop.trim());
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

function headersOf(values: Record<string, string>): HeaderReader {
  return {
    get: (name) => values[name],
    getAll: (name) => (values[name] === undefined ? [] : [values[name]]),
    entries: () => Object.entries(values),
  };
}

it(`agrees with an independent reference in ${CASES} generated cases of peer, chain and trust list`, () => {
  const trusts = LISTS.map((entries) => ({
    entries,
    ours: parseTrustList(entries),
    reference: createReferenceTrust(entries),
  }));
  const random = createRandom(20_261_120);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const mapped = (address: string): string => (random() < 0.2 ? `::ffff:${address}` : address);
  const anyAddress = (): string => {
    const roll = random();
    if (roll < 0.45) return mapped(pick(V4));
    if (roll < 0.6) return Array.from({ length: 4 }, () => Math.floor(random() * 256)).join(".");
    if (roll < 0.9) return pick(V6);
    return Array.from({ length: 8 }, () => Math.floor(random() * 65_536).toString(16)).join(":");
  };
  const dress = (address: string): string => {
    const roll = random();
    if (address.includes(":")) return roll < 0.3 ? `[${address}]` : roll < 0.5 ? `[${address}]:443` : address;
    return roll < 0.2 ? `${address}:8080` : address;
  };
  const disagreements: unknown[] = [];
  for (let count = 0; count < CASES; count++) {
    const { entries, ours, reference } = pick(trusts);
    const peer = anyAddress();
    const hops = Array.from({ length: Math.floor(random() * 6) }, () =>
      random() < 0.12 ? pick(WRONG).replace(",", "") : dress(anyAddress()),
    );
    const real = random() < 0.3 ? (random() < 0.2 ? pick(WRONG) : anyAddress()) : undefined;
    const headers: Record<string, string> = real === undefined ? {} : { "x-real-ip": real };
    const form = random();
    let seen: string[] | undefined;
    if (hops.length > 0 && form < 0.6) {
      headers["x-forwarded-for"] = hops.join(random() < 0.5 ? ", " : ",");
      seen = hops;
    } else if (hops.length > 0 && form < 0.9) {
      const isPlain = (hop: string): boolean => /^[\w.]+$/.test(hop);
      headers.forwarded = hops.map((hop) => `for=${isPlain(hop) ? hop : `"${hop}"`};proto=https`).join(", ");
      seen = hops;
    }
    const found = resolveClientAddress(canonical(peer), headersOf(headers), ours);
    const expected = resolveByTheRule(peer, seen, real, reference);
    // Notations of one address differ; the address counts.
    if (canonical(found ?? "") !== expected) disagreements.push({ count, entries, peer, headers, found, expected });
  }
  expect(disagreements.slice(0, 3)).toEqual([]);
});
