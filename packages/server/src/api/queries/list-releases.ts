import type { ReleaseList, ReleaseRow } from "@gatewatch/protocol";
import type { ClientStore, ReleaseUsers } from "../../model/client-records.ts";
import { HyperLogLog } from "../../model/hyperloglog.ts";
import type { Span } from "./resolve-span.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The health of every release whose sessions began in the hours of a span, the newest first; people count by whole days. */
export async function listReleases(
  clients: Pick<ClientStore, "sumReleaseHealth" | "listReleaseUsers">,
  projectId: number,
  { from, to }: Span,
): Promise<ReleaseList> {
  const [firstHour, firstDay] = [from - (from % HOUR_MS), from - (from % DAY_MS)];
  const [sums, people] = await Promise.all([
    clients.sumReleaseHealth(projectId, firstHour, to),
    clients.listReleaseUsers(projectId, firstDay, to),
  ]);
  const users = countUsers(people);
  const releases = sums.map((sum): ReleaseRow => {
    const {
      release,
      environment,
      sessions,
      errored,
      abnormal,
      crashed,
      firstHour: firstSeen,
      lastHour: lastSeen,
    } = sum;
    const named = users.get(keyOf(sum));
    return {
      release,
      environment,
      sessions,
      errored,
      abnormal,
      crashed,
      crashFreeSessions: shareWithout(crashed, sessions),
      users: named?.all.estimate() ?? 0,
      crashFreeUsers: named === undefined ? null : shareWithout(named.crashed.estimate(), named.all.estimate()),
      firstSeen,
      lastSeen,
    };
  });
  return { from: firstHour, to, releases };
}

function countUsers(rows: readonly ReleaseUsers[]): Map<string, { all: HyperLogLog; crashed: HyperLogLog }> {
  const counted = new Map<string, { all: HyperLogLog; crashed: HyperLogLog }>();
  for (const row of rows) {
    const known = counted.get(keyOf(row)) ?? { all: new HyperLogLog(), crashed: new HyperLogLog() };
    known.all.merge(HyperLogLog.parse(row.users));
    known.crashed.merge(HyperLogLog.parse(row.crashed));
    counted.set(keyOf(row), known);
  }
  return counted;
}

/** Estimates may pass each other. */
function shareWithout(part: number, whole: number): number | null {
  return whole <= 0 ? null : Math.min(1, Math.max(0, 1 - part / whole));
}

function keyOf({ release, environment }: { release: string; environment: string }): string {
  return JSON.stringify([release, environment]);
}
