/** A number as both text formats write it. */
export function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  // Also "NaN", and "1e+21", which both formats read.
  return String(value);
}

/** A bound of a bucket: OpenMetrics writes whole numbers with ".0". */
export function formatBound(bound: number, isOpenMetrics: boolean): string {
  const text = formatNumber(bound);
  return isOpenMetrics && Number.isInteger(bound) && !text.includes("e") ? `${text}.0` : text;
}
