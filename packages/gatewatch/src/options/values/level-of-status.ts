import { parseStatusRange } from "./status-set.ts";

/** `silent` leaves the line out. */
export const LINE_LEVELS = ["debug", "info", "warn", "error", "fatal", "silent"] as const;
export type RequestLevel = (typeof LINE_LEVELS)[number];
type LineLevel = Exclude<RequestLevel, "silent">;
/** By status (`"404"`), class (`"4xx"`), range (`"400-403"`) or `aborted`. */
export type LevelTable = Readonly<Record<string, RequestLevel>>;

/** The level of a finished request's line; undefined: no line. */
export type LevelOfStatus = (status: number, aborted: boolean) => LineLevel | undefined;

export const usualLevel: LevelOfStatus = (status, aborted) =>
  status >= 500 ? "error" : status >= 400 || aborted ? "warn" : "info";

/** Narrower entries win over wider ones, whatever their order. */
export function compileLevels(table: LevelTable | null): LevelOfStatus {
  if (table === null) return usualLevel;
  const levels: (RequestLevel | undefined)[] = Array.from({ length: 600 });
  const ranges = Object.entries(table)
    .filter(([key]) => key !== "aborted")
    .map(([key, level]) => ({ range: parseStatusRange(key), level }))
    .sort((a, b) => b.range[1] - b.range[0] - (a.range[1] - a.range[0]));
  for (const { range, level } of ranges) levels.fill(level, range[0], range[1] + 1);
  const ofAborted = table["aborted"];
  return (status, aborted) => {
    const level = (aborted ? ofAborted : undefined) ?? levels[status] ?? usualLevel(status, aborted);
    return level === "silent" ? undefined : level;
  };
}

/** @throws TypeError naming the entry. */
export function parseLevels(value: unknown): LevelTable | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("it is no object");
  for (const [key, level] of Object.entries(value)) {
    if (key !== "aborted") parseStatusRange(key);
    if (!LINE_LEVELS.some((known) => known === level)) {
      throw new TypeError(`${key}: ${JSON.stringify(level)} is not one of ${LINE_LEVELS.join(", ")}`);
    }
  }
  return Object.freeze({ ...(value as LevelTable) });
}
