/** An IP address as 128 bits in four words, the highest first; IPv4 as `::ffff:a.b.c.d`. */
export type AddressBits = readonly [number, number, number, number];

const HEX_GROUP = /^[0-9a-f]{1,4}$/i;
const DECIMAL_BYTE = /^(?:0|[1-9]\d{0,2})$/;
/** The longest text form: `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
const MAX_ADDRESS_LENGTH = 45;

/** The bits of an IPv4 or IPv6 address without port, brackets or spaces; a zone id (`%eth0`) is ignored; undefined when it is none. */
export function tryParseAddress(text: string): AddressBits | undefined {
  const zone = text.indexOf("%");
  const bare = zone === -1 ? text : text.slice(0, zone);
  if (bare.length === 0 || bare.length > MAX_ADDRESS_LENGTH) return undefined;
  if (!bare.includes(":")) {
    if (zone !== -1) return undefined;
    const word = tryParseIpv4(bare);
    return word === undefined ? undefined : [0, 0, 0xffff, word];
  }
  return tryParseIpv6(bare);
}

/** The IPv4 text of a mapped address (`::ffff:a.b.c.d` in any notation); any other text comes back as it is, without its zone id. */
export function unmapAddress(text: string): string {
  if (!text.includes(":")) return text;
  const bits = tryParseAddress(text);
  if (bits !== undefined && isMappedIpv4(bits)) return formatIpv4(bits[3]);
  const zone = text.indexOf("%");
  return zone === -1 ? text : text.slice(0, zone);
}

export function isMappedIpv4(bits: AddressBits): boolean {
  return bits[0] === 0 && bits[1] === 0 && bits[2] === 0xffff;
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function tryParseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    // Leading zeros are refused: some resolvers read them as octal.
    if (!DECIMAL_BYTE.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    word = word * 256 + byte;
  }
  return word;
}

function tryParseIpv6(text: string): AddressBits | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const open = halves.length === 2;
  const head = tryParseGroups(halves[0] ?? "", !open);
  const tail = open ? tryParseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (open ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return [wordAt(groups, 0), wordAt(groups, 2), wordAt(groups, 4), wordAt(groups, 6)];
}

function wordAt(groups: readonly number[], index: number): number {
  return (groups[index] ?? 0) * 0x1_0000 + (groups[index + 1] ?? 0);
}

function tryParseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (HEX_GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const word = mayEndInIpv4 && index === parts.length - 1 && part.includes(".") ? tryParseIpv4(part) : undefined;
    if (word === undefined) return undefined;
    groups.push(word >>> 16, word & 0xffff);
  }
  return groups;
}
