/** Statuses from 400 to 599 by the type of the error. */
export type StatusByType = Readonly<Record<string, number>>;

/** @throws TypeError naming the entry. */
export function parseStatusTable(value: unknown): StatusByType | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("it is no object");
  for (const [type, status] of Object.entries(value)) {
    if (!isErrorStatus(status)) throw new TypeError(`${type}: ${JSON.stringify(status)} is no status from 400 to 599`);
  }
  return Object.freeze({ ...(value as StatusByType) });
}

export function isErrorStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599;
}
