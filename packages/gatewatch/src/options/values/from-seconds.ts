/** Seconds, as other systems write times, in milliseconds; what is no number stays, and is refused as it came. */
export function fromSeconds(value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) : value;
}
