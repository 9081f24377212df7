import type { ErrorEvent, IssueShare } from "@gatewatch/protocol";

const MAX_VALUES = 5;

export interface SharedEvent {
  event: ErrorEvent;
  release: string | null;
  environment: string | null;
  host: string | null;
}

/** How the stored events of an issue spread over route, release, environment, host, browser and sign-in; the commonest values first. */
export function countShares(events: SharedEvent[]): IssueShare[] {
  const read: Record<string, (item: SharedEvent) => string | null> = {
    route: ({ event }) => (event.request?.route ? `${event.request.method} ${event.request.route}` : null),
    release: ({ release }) => release,
    environment: ({ environment }) => environment,
    host: ({ host }) => host,
    client: ({ event }) => nameAgent(event.request?.userAgent),
    "signed in": ({ event }) => (event.user === undefined ? null : event.user.authenticated ? "yes" : "no"),
  };
  return Object.entries(read)
    .map(([name, readValue]) => ({ name, values: countValues(events.map(readValue)) }))
    .filter(({ values }) => values.length > 0);
}

function countValues(values: (string | null)[]): IssueShare["values"] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, MAX_VALUES)
    .map(([value, count]) => ({ value, count, share: count / values.length }));
}

const AGENTS: [RegExp, string][] = [
  [/bot|crawl|spider/i, "bot"],
  [/\bEdg\//, "Edge"],
  [/\bFirefox\//, "Firefox"],
  [/\b(?:Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^([A-Za-z][\w-]{1,30})\//, "$1"],
];

function nameAgent(agent: string | undefined): string | null {
  if (agent === undefined) return null;
  for (const [pattern, name] of AGENTS) {
    const match = pattern.exec(agent.slice(0, 500));
    if (match !== null) return name === "$1" ? (match[1] ?? null) : name;
  }
  return null;
}
