import type { IssueShare, StoredErrorEvent } from "@gatewatch/protocol";

const MAX_VALUES = 5;

/** How the stored events of an issue spread over route, release, environment, host, status and browser; most frequent values first. */
export function countShares(events: readonly StoredErrorEvent[]): IssueShare[] {
  const read: Record<string, (stored: StoredErrorEvent) => string | null | undefined> = {
    route: ({ event }) => (event.request?.route ? `${event.request.method} ${event.request.route}` : null),
    release: (stored) => stored.release,
    environment: (stored) => stored.environment,
    host: (stored) => stored.host,
    status: ({ event }) => (event.request?.status === undefined ? null : String(event.request.status)),
    user: ({ event }) => (event.user?.id == null ? null : String(event.user.id)),
    userAgent: ({ event }) => event.request?.userAgent,
  };
  const shares: IssueShare[] = [];
  for (const [name, valueOf] of Object.entries(read)) {
    const counts = new Map<string, number>();
    let total = 0;
    for (const stored of events) {
      const value = valueOf(stored);
      if (value == null) continue;
      const weight = stored.event.count ?? 1;
      counts.set(value, (counts.get(value) ?? 0) + weight);
      total += weight;
    }
    if (total === 0) continue;
    const values = [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, MAX_VALUES)
      .map(([value, count]) => ({ value, count, share: count / total }));
    shares.push({ name, values });
  }
  return shares;
}
