import { type AddressBits, isMappedIpv4, tryParseAddress } from "./parse-address.ts";

/** Names that stand for address ranges in `trustProxy`. */
export const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  cgnat: ["100.64.0.0/10"],
};

interface Range {
  bits: AddressBits;
  mask: AddressBits;
}

/** Which peers may speak for others. */
export interface TrustList {
  /** True when nobody is trusted. */
  readonly empty: boolean;
  isTrusted(address: string): boolean;
}

/** Thrown by `parseTrustList`; the message says which entry is wrong and what is allowed. */
export class TrustListError extends Error {
  override readonly name = "TrustListError";
}

/** Verdicts kept per list; attackers choose addresses, so the table is emptied rather than grown. */
const MAX_REMEMBERED = 512;

/** Entries are addresses, CIDR blocks or names of `NAMED_RANGES`. @throws TrustListError for any other entry. */
export function parseTrustList(entries: readonly string[]): TrustList {
  const ranges = entries.flatMap((entry) => NAMED_RANGES[entry.toLowerCase()] ?? [entry]).map(parseRange);
  const verdicts = new Map<string, boolean>();
  return {
    empty: ranges.length === 0,
    isTrusted(address) {
      if (ranges.length === 0) return false;
      const known = verdicts.get(address);
      if (known !== undefined) return known;
      const bits = tryParseAddress(address);
      const verdict = bits !== undefined && ranges.some((range) => contains(range, bits));
      if (verdicts.size >= MAX_REMEMBERED) verdicts.clear();
      verdicts.set(address, verdict);
      return verdict;
    },
  };
}

function parseRange(entry: string): Range {
  const slash = entry.indexOf("/");
  const bits = tryParseAddress(slash === -1 ? entry : entry.slice(0, slash));
  if (bits === undefined) throw new TrustListError(explain(entry));
  const isIpv4 = isMappedIpv4(bits) && !entry.includes(":");
  const width = isIpv4 ? 32 : 128;
  const prefix = slash === -1 ? String(width) : entry.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > width) throw new TrustListError(explain(entry));
  const mask = maskOf(Number(prefix) + (isIpv4 ? 96 : 0));
  return { bits, mask };
}

function explain(entry: string): string {
  return `"${entry.slice(0, 60)}" is no address, no CIDR block (10.0.0.0/8) and none of the names ${Object.keys(NAMED_RANGES).join(", ")}`;
}

function maskOf(prefix: number): AddressBits {
  const word = (index: number): number => {
    const ones = Math.min(32, Math.max(0, prefix - index * 32));
    return ones === 0 ? 0 : (0xffff_ffff << (32 - ones)) >>> 0;
  };
  return [word(0), word(1), word(2), word(3)];
}

function contains({ bits, mask }: Range, address: AddressBits): boolean {
  return (
    (((bits[0] ^ address[0]) & mask[0]) |
      ((bits[1] ^ address[1]) & mask[1]) |
      ((bits[2] ^ address[2]) & mask[2]) |
      ((bits[3] ^ address[3]) & mask[3])) ===
    0
  );
}
