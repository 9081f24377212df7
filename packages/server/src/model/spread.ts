import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { hashText, HyperLogLog } from "./hyperloglog.ts";

/** What events and requests are counted by. The names are the anchors of the page; `user` values are hashes, never names. */
export const SPREAD_FACETS = ["route", "release", "environment", "client", "user"] as const;
export type SpreadFacet = (typeof SPREAD_FACETS)[number];

/** Spreads are kept for each UTC day; what is said of an issue rests on so many, the running one included. */
export const SPREAD_DAYS = 7;

const DAY_MS = 86_400_000;
const VERSION = 1;
const MAX_VALUES = 64;
/** Rare values are forgotten many at a time. */
const MAX_LOOSE_VALUES = 4096;
const MAX_VALUE_CHARACTERS = 200;

/** Whole days since 1970, UTC. */
export function spreadDay(time: number): number {
  return Math.floor(time / DAY_MS);
}

/** The first of the days that are looked at at the time `now`. */
export function firstSpreadDay(now: number): number {
  return spreadDay(now) - SPREAD_DAYS + 1;
}

interface FacetCounts {
  values: Map<string, number>;
  /** Of any value at most so many are not counted; 0 as long as there are at most 64 values. */
  missing: number;
}

/**
 * How events, or requests, fall on routes, releases, environments, clients and users, in bounded memory: merged from any parts in any
 * order, exact up to 64 values a facet, beyond them the rare ones are forgotten (Misra and Gries, "Finding repeated elements", 1982;
 * merged as in Agarwal et al., "Mergeable summaries", 2012) and no count is short by more than 1/65 of all.
 */
export class Spread {
  /** Events or requests. */
  count = 0;
  /** Requests that the app made known by number alone, since only some are recorded. */
  unrecorded = 0;
  readonly users: HyperLogLog;
  private readonly facets: readonly FacetCounts[];

  constructor(users = new HyperLogLog()) {
    this.users = users;
    this.facets = SPREAD_FACETS.map(() => ({ values: new Map<string, number>(), missing: 0 }));
  }

  /** Reads what `toBytes` wrote; throws a RangeError when the version is not known. */
  static parse(bytes: Uint8Array): Spread {
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version !== VERSION)
      throw new RangeError(`A spread of version ${version} was found; this server knows ${VERSION}.`);
    const count = reader.varint();
    const unrecorded = reader.varint();
    const spread = new Spread(HyperLogLog.parse(reader.raw(reader.varint())));
    spread.count = count;
    spread.unrecorded = unrecorded;
    const rest = reader.raw(bytes.length - reader.offset);
    const facets = JSON.parse(Buffer.from(rest.buffer, rest.byteOffset, rest.length).toString()) as StoredFacet[];
    for (const [index, [missing, values]] of facets.entries()) {
      const facet = spread.facets[index];
      if (facet === undefined) break;
      facet.missing = missing;
      for (const [value, times] of values) facet.values.set(value, times);
    }
    return spread;
  }

  add(facet: SpreadFacet, value: string, count: number): void {
    addTo(this.facets[SPREAD_FACETS.indexOf(facet)]!, value.slice(0, MAX_VALUE_CHARACTERS), count);
  }

  /** `user` as `userKey` makes it. */
  addUser(user: string, count: number): void {
    const hash = hashText(user);
    this.users.addHash(hash);
    addTo(this.facets[USER]!, hash.toString(16), count);
  }

  merge(other: Spread): void {
    this.count += other.count;
    this.unrecorded += other.unrecorded;
    this.users.merge(other.users);
    for (const [index, { values, missing }] of other.facets.entries()) {
      const mine = this.facets[index]!;
      for (const [value, count] of values) mine.values.set(value, (mine.values.get(value) ?? 0) + count);
      mine.missing += missing;
      trim(mine);
    }
  }

  /** The commonest values, at most 64. */
  top(facet: SpreadFacet, max: number): { value: string; count: number }[] {
    return this.sorted(facet)
      .slice(0, max)
      .map(([value, count]) => ({ value, count }));
  }

  /** Whether anything was counted by this facet. */
  has(facet: SpreadFacet): boolean {
    const { values, missing } = this.facets[SPREAD_FACETS.indexOf(facet)]!;
    return values.size > 0 || missing > 0;
  }

  /** The most that a value may have been counted. */
  atMost(facet: SpreadFacet, value: string): number {
    const { values, missing } = this.facets[SPREAD_FACETS.indexOf(facet)]!;
    return (values.get(value.slice(0, MAX_VALUE_CHARACTERS)) ?? 0) + missing;
  }

  /** Versioned; rare values beyond the bound are left out. */
  toBytes(): Uint8Array {
    const writer = new ByteWriter(256);
    writer.byte(VERSION);
    writer.varint(this.count);
    writer.varint(this.unrecorded);
    const users = this.users.toBytes();
    writer.varint(users.length);
    writer.raw(users);
    const facets = SPREAD_FACETS.map((facet, index): StoredFacet => {
      const values = this.sorted(facet);
      // Read after sorting, which may forget rare values.
      return [this.facets[index]!.missing, values];
    });
    writer.raw(Buffer.from(JSON.stringify(facets)));
    return writer.finish();
  }

  private sorted(facet: SpreadFacet): [string, number][] {
    const counts = this.facets[SPREAD_FACETS.indexOf(facet)]!;
    trim(counts);
    return [...counts.values].toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  }
}

type StoredFacet = [missing: number, values: [value: string, count: number][]];

const USER = SPREAD_FACETS.indexOf("user");

/** One who meets an error is known by id; failing that by the client's address, kept or pseudonymised. */
export function userKey(id: string | number | null | undefined, client: string | null | undefined): string | undefined {
  if (id !== null && id !== undefined) return `user:${id}`;
  return client === null || client === undefined ? undefined : `client:${client}`;
}

/** All parts together; of none, an empty spread. */
export function joinSpreads(parts: readonly Uint8Array[]): Spread {
  const [first, ...others] = parts;
  if (first === undefined) return new Spread();
  const joined = Spread.parse(first);
  for (const part of others) joined.merge(Spread.parse(part));
  return joined;
}

/** Serialised sum of two serialised spreads. */
export function mergeSpreads(a: Uint8Array | undefined, b: Uint8Array): Uint8Array {
  return a === undefined ? b : joinSpreads([a, b]).toBytes();
}

function addTo(facet: FacetCounts, value: string, count: number): void {
  facet.values.set(value, (facet.values.get(value) ?? 0) + count);
  if (facet.values.size > MAX_LOOSE_VALUES) trim(facet);
}

/** Takes as much from every value as the first beyond the bound has: it and all rarer ones are gone. */
function trim(facet: FacetCounts): void {
  if (facet.values.size <= MAX_VALUES) return;
  const counts = Float64Array.from(facet.values.values()).sort();
  const less = counts[counts.length - 1 - MAX_VALUES]!;
  for (const [value, count] of facet.values) {
    if (count > less) facet.values.set(value, count - less);
    else facet.values.delete(value);
  }
  facet.missing += less;
}
