import type { ErrorEvent, IssueShare } from "@gatewatch/protocol";

/** Stored events that shares are counted over, wherever they are shown or cited. */
export const EVENTS_FOR_SHARES = 50;
const MAX_VALUES = 5;

/** What the counting needs of a stored event. */
export interface SharedEvent {
  event: ErrorEvent;
  release: string | null;
  environment: string | null;
  host: string | null;
}

type ReadValue = (stored: SharedEvent) => string | null | undefined;

/** The names are the anchors of the issue's page, and explanations cite them. */
const READERS = {
  route: ({ event }) => (event.request?.route ? `${event.request.method} ${event.request.route}` : null),
  release: ({ release }) => release,
  environment: ({ environment }) => environment,
  host: ({ host }) => host,
  status: ({ event }) => (event.request?.status === undefined ? null : String(event.request.status)),
  client: ({ event }) => nameAgent(event.request?.userAgent),
  signedIn: ({ event }) => (event.user === undefined ? null : event.user.authenticated ? "yes" : "no"),
  user: ({ event }) => (event.user?.id == null ? null : String(event.user.id)),
} as const satisfies Record<string, ReadValue>;

export const SHARE_NAMES = Object.keys(READERS) as readonly (keyof typeof READERS)[];

/** How the stored events of an issue spread, each weighing as much as it counts; the commonest values first, as parts of all events. */
export function countShares(events: readonly SharedEvent[]): IssueShare[] {
  return SHARE_NAMES.map((name) => ({ name, values: countValues(events, READERS[name]) })).filter(
    ({ values }) => values.length > 0,
  );
}

function countValues(events: readonly SharedEvent[], readValue: ReadValue): IssueShare["values"] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const stored of events) {
    const weight = stored.event.count ?? 1;
    total += weight;
    const value = readValue(stored);
    if (value != null) counts.set(value, (counts.get(value) ?? 0) + weight);
  }
  return [...counts]
    .toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, MAX_VALUES)
    .map(([value, count]) => ({ value, count, share: count / total }));
}

const AGENTS: [RegExp, string][] = [
  [/bot|crawl|spider/i, "bot"],
  [/\bEdg\//, "Edge"],
  [/\bFirefox\//, "Firefox"],
  [/\b(?:Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^([A-Za-z][\w-]{1,30})\//, "$1"],
];

/** The family of a client by its `User-Agent`; null when it says nothing. */
export function nameAgent(agent: string | undefined): string | null {
  if (agent === undefined) return null;
  for (const [pattern, name] of AGENTS) {
    const match = pattern.exec(agent.slice(0, 500));
    if (match !== null) return name === "$1" ? (match[1] ?? null) : name;
  }
  return null;
}
