import { type AddressBits, isMappedIpv4, tryParseAddress } from "../../gate/trust/parse-address.ts";
import { cacheByText } from "../../gate/cache-by-text.ts";

const MAX_KNOWN = 10_000;

/**
 * What an address is counted as: IPv4 as it is, in whatever notation it came (mapped, NAT64), IPv6 by its first bits, since a
 * customer owns a whole prefix. What is no address stays as it is.
 */
export function createAddressFolding(ipv6Prefix: number): (address: string) => string {
  const fold = cacheByText((address) => foldAddress(address, ipv6Prefix), MAX_KNOWN);
  return (address) => (address.includes(":") ? fold(address) : address);
}

export function foldAddress(address: string, ipv6Prefix: number): string {
  const bits = tryParseAddress(address);
  if (bits === undefined) return address;
  if (isMappedIpv4(bits) || isNat64(bits)) return formatIpv4(bits[3]);
  return formatPrefix(bits, ipv6Prefix);
}

/** RFC 6052, section 2.1: `64:ff9b::/96`. */
function isNat64(bits: AddressBits): boolean {
  return bits[0] === 0x0064_ff9b && bits[1] === 0 && bits[2] === 0;
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function formatPrefix(bits: AddressBits, prefix: number): string {
  const groups: string[] = [];
  for (let group = 0; group * 16 < prefix; group++) {
    const word = bits[group >> 1]!;
    const value = group % 2 === 0 ? word >>> 16 : word & 0xffff;
    const kept = Math.min(16, prefix - group * 16);
    groups.push((value & (0xffff << (16 - kept)) & 0xffff).toString(16));
  }
  return prefix === 128 ? groups.join(":") : `${groups.join(":")}${groups.length < 8 ? "::" : ""}/${prefix}`;
}
