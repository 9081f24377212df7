import type { IssueShare } from "@gatewatch/protocol";
import { HyperLogLog } from "./hyperloglog.ts";
import { joinSpreads, type Spread, type SpreadFacet } from "./spread.ts";
import type { RecentReach } from "./weigh-reach.ts";

const MAX_VALUES = 5;
/** Fewer events say nothing of how an issue spreads. */
const MIN_EVENTS = 10;
/** Fewer requests say nothing of what is usual. */
const MIN_REQUESTS = 100;
const MIN_SEEN_USERS = 10;
/** Of the requests; with more of them left out what is recorded is not what is usual, since failed ones always are. */
const MAX_UNRECORDED = 0.1;
/** A value is special from this part of the events on, and so much commoner than in all requests. */
const SPECIAL_SHARE = 0.5;
const SPECIAL_FACTOR = 2;
/** Standard errors beyond what chance makes of the usual part. */
const SPECIAL_DEVIATIONS = 3;

/** One value inside an issue beside all of the project's requests; counts are never too high. */
type ComparedValue = Required<IssueShare["values"][number]>;

/** How an issue spreads in the last days, compared with the project's requests of the same days. */
export interface IssueSpread {
  events: number;
  requests: number;
  /** By route, release, environment and client. */
  shares: (IssueShare & { values: ComparedValue[] })[];
  /** The user with most events, without a name; null when none is known. */
  topUser: Omit<ComparedValue, "value"> | null;
  reach: RecentReach;
}

/** Shares counted over stored events, the compared ones in their place where there are any. */
export function combineShares(counted: readonly IssueShare[], spread: IssueSpread | null): IssueShare[] {
  const compared = spread?.shares ?? [];
  const names = new Set(compared.map(({ name }) => name));
  return [...compared, ...counted.filter(({ name }) => !names.has(name))];
}

const NAMED_FACETS = ["route", "release", "environment", "client"] as const;

/** Compares the stored spreads of an issue with those of its project's requests; null when no event fell into these days. */
export function compareSpreads(issueParts: readonly Uint8Array[], traffic: Spread): IssueSpread | null {
  if (issueParts.length === 0) return null;
  const issue = joinSpreads(issueParts);
  const compare = (facet: SpreadFacet) =>
    issue.top(facet, MAX_VALUES).map(({ value, count }) => compareValue(issue, traffic, facet, value, count));
  const [topUser] = compare("user").map(({ value: _hash, ...numbers }) => numbers);
  return {
    events: issue.count,
    requests: traffic.count,
    shares: NAMED_FACETS.map((name) => ({ name, values: compare(name) })).filter(({ values }) => values.length > 0),
    topUser: topUser ?? null,
    reach: measureReach(issue, traffic),
  };
}

function compareValue(issue: Spread, traffic: Spread, facet: SpreadFacet, value: string, count: number): ComparedValue {
  const share = count / issue.count;
  const usual = isUsualKnown(traffic, facet) ? Math.min(1, traffic.atMost(facet, value) / traffic.count) : null;
  return { value, count, share, usual, special: usual !== null && isSpecial(share, issue.count, usual, traffic.count) };
}

function isUsualKnown(traffic: Spread, facet: SpreadFacet): boolean {
  return isWholeTraffic(traffic) && traffic.has(facet);
}

function isWholeTraffic({ count, unrecorded }: Spread): boolean {
  return count >= MIN_REQUESTS && unrecorded <= MAX_UNRECORDED * (count + unrecorded);
}

function isSpecial(share: number, events: number, usual: number, requests: number): boolean {
  // A value that no request had may have been missed; chance is given that one.
  const expected = Math.max(usual, 1 / requests);
  if (events < MIN_EVENTS || share < SPECIAL_SHARE || share < SPECIAL_FACTOR * expected) return false;
  const deviation = Math.sqrt((expected * (1 - expected)) / events);
  return share - expected >= SPECIAL_DEVIATIONS * deviation;
}

/** Counts who meets an issue among all who were seen; those are not known when its users are mostly not among the requests'. */
export function measureReach(issue: Spread, traffic: Spread): RecentReach {
  const users = issue.users.estimate();
  const seen = traffic.users.estimate();
  const everybody = HyperLogLog.parse(traffic.users.toBytes());
  everybody.merge(issue.users);
  const activeUsers = everybody.estimate();
  const overlap = users + seen - activeUsers;
  const isKnown = isWholeTraffic(traffic) && seen >= MIN_SEEN_USERS && overlap * 2 >= users;
  return { users, activeUsers: isKnown ? activeUsers : null };
}
