import type { ErrorArrival } from "../model/applied-errors.ts";
import type { Grouping, GroupingHash, IssueHashRecord } from "../model/issue.ts";
import { groupError } from "./group-error.ts";

/** The events of one unit that belong to one issue. */
export interface IssueSlot {
  /** Null: this unit creates it. */
  issueId: number | null;
  /** Of the first event; names a new issue. */
  grouping: Grouping;
  arrivals: { arrival: ErrorArrival; primary: GroupingHash }[];
  /** Hashes that lead here from now on. */
  unknown: Map<string, { hash: GroupingHash; grouping: Grouping; at: number }>;
}

export interface GroupedArrival {
  arrival: ErrorArrival;
  grouping: Grouping;
}

/** Groups the events of a unit and orders them by the time at which they happened. */
export function groupArrivals(arrivals: ErrorArrival[]): GroupedArrival[] {
  return arrivals
    .map((arrival) => ({ arrival, grouping: groupError(arrival.event) }))
    .sort((a, b) => a.arrival.event.time - b.arrival.event.time);
}

export function hashesOf(grouping: Grouping): GroupingHash[] {
  return [grouping.primary, ...grouping.secondary];
}

/** Sorts events into issues: a known primary decides, then the first known secondary, then a new issue. */
export function resolveSlots(grouped: GroupedArrival[], known: IssueHashRecord[]): IssueSlot[] {
  const slots = new Set<IssueSlot>();
  const byHash = new Map<string, IssueSlot>();
  const byIssue = new Map<number, IssueSlot>();
  const issueOfHash = new Map(known.map((record) => [record.hash, record.issueId]));

  const slotOf = ({ hash }: GroupingHash, grouping: Grouping): IssueSlot | undefined => {
    const slot = byHash.get(hash);
    const issueId = issueOfHash.get(hash);
    if (slot !== undefined || issueId === undefined) return slot;
    const existing = byIssue.get(issueId) ?? createSlot(issueId, grouping);
    byIssue.set(issueId, existing);
    return existing;
  };

  for (const { arrival, grouping } of grouped) {
    const hashes = hashesOf(grouping);
    let slot: IssueSlot | undefined;
    for (const hash of hashes) slot ??= slotOf(hash, grouping);
    slot ??= createSlot(null, grouping);
    slots.add(slot);
    slot.arrivals.push({ arrival, primary: grouping.primary });
    for (const hash of hashes) {
      if (byHash.has(hash.hash) || issueOfHash.has(hash.hash)) continue;
      byHash.set(hash.hash, slot);
      slot.unknown.set(hash.hash, { hash, grouping, at: arrival.event.time });
      const { alike } = grouping;
      if (alike !== undefined) slot.unknown.set(alike.hash, { hash: alike, grouping, at: arrival.event.time });
    }
  }
  return [...slots];
}

function createSlot(issueId: number | null, grouping: Grouping): IssueSlot {
  return { issueId, grouping, arrivals: [], unknown: new Map() };
}
