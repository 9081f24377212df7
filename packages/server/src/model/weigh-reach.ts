import type { IssueReach, Severity } from "@gatewatch/protocol";

/** From so many users on, an error of the system is everybody's. */
const WIDE_USERS = 100;
/** So large a part of the active users is everybody too, given enough of them. */
const WIDE_SHARE = 0.2;
export const WIDE_SHARE_MIN_USERS = 20;
const SOME_USERS = 10;

/** How grave an error is in itself. */
export interface JudgedSeverity {
  severity: Severity;
  /** Whether many users make it graver: it is not of their own making. */
  widens: boolean;
}

/** Who meets an issue. */
export interface Reach {
  /** Different users, ever. */
  users: number;
  /** Of the last days; absent where nobody has looked. */
  recent?: RecentReach;
}

export type RecentReach = IssueReach;

/**
 * How grave an issue is by its error and its reach; `reason` is null where the reach changes nothing. Critical by reach: a hundred
 * users and more ever, or, of at least twenty in the last seven days, a fifth of everybody who was active in them.
 */
export function weighReach(
  { severity, widens }: JudgedSeverity,
  { users, recent }: Reach,
): { severity: Severity; reason: string | null } {
  if (!widens || severity === "critical") return { severity, reason: null };
  if (users >= WIDE_USERS) return { severity: "critical", reason: `${users} users meet it` };
  if (recent !== undefined && isWide(recent))
    return {
      severity: "critical",
      reason: `${recent.users} of ${recent.activeUsers} active users meet it`,
    };
  if (severity === "medium" && users >= SOME_USERS) return { severity: "high", reason: `${users} users meet it` };
  return { severity, reason: null };
}

/** Whether `weighReach` would want to know the recent reach. */
export function mayBeWide({ severity, widens }: JudgedSeverity, users: number): boolean {
  return widens && severity !== "critical" && users >= WIDE_SHARE_MIN_USERS && users < WIDE_USERS;
}

function isWide({ users, activeUsers }: RecentReach): boolean {
  return activeUsers !== null && users >= WIDE_SHARE_MIN_USERS && users >= activeUsers * WIDE_SHARE;
}
