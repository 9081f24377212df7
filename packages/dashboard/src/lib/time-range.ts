/** The spans of time that the top bar offers, by their name in the URL. */
export const TIME_RANGES = [
  { id: "15m", name: "Last 15 minutes", ms: 15 * 60_000 },
  { id: "1h", name: "Last hour", ms: 3_600_000 },
  { id: "6h", name: "Last 6 hours", ms: 6 * 3_600_000 },
  { id: "24h", name: "Last 24 hours", ms: 86_400_000 },
  { id: "7d", name: "Last 7 days", ms: 7 * 86_400_000 },
  { id: "14d", name: "Last 14 days", ms: 14 * 86_400_000 },
] as const;

export type TimeRange = (typeof TIME_RANGES)[number];
export type TimeRangeId = TimeRange["id"];

export const DEFAULT_RANGE: TimeRangeId = "1h";

/** The range of that name, or the default one: an address typed by hand never breaks a page. */
export function resolveRange(id: string | null): TimeRange {
  return TIME_RANGES.find((range) => range.id === id) ?? TIME_RANGES[1];
}
