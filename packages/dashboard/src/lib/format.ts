const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** A count: exact below 10,000, then `12.3K`. */
export function formatCount(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
}

/** How many a second, with the digits that a slow one needs: `0.3`, `2.5`, `40`. */
export function formatRate(perSecond: number): string {
  return perSecond < 10 ? String(Number(perSecond.toFixed(1))) : formatCount(Math.round(perSecond));
}

/** A duration in milliseconds, as people say it: `0.4 ms`, `182 ms`, `1.24 s`, `3 min`. */
export function formatDuration(valueMs: number): string {
  if (valueMs < 9.95) return `${Number(valueMs.toFixed(1))} ms`;
  if (valueMs < 999.5) return `${Math.round(valueMs)} ms`;
  if (valueMs < 60_000) return `${Number((valueMs / 1000).toFixed(valueMs < 10_000 ? 2 : 1))} s`;
  if (valueMs < 3_600_000) return `${Math.round(valueMs / 60_000)} min`;
  return `${Number((valueMs / 3_600_000).toFixed(1))} h`;
}

/** A share of 1 as a percentage with sensible digits. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return "< 0.01 %";
  return `${Number(percent.toFixed(percent < 1 ? 2 : percent < 10 ? 1 : 0))} %`;
}

/** How a value stands to an earlier one: `+34 %`, `−8 %`, `6×`; null without a base. */
export function formatDelta(value: number | null, before: number | null): string | null {
  if (value === null || before === null) return null;
  if (before === 0) return value === 0 ? "±0" : null;
  const ratio = value / before;
  if (ratio >= 3) return `${Number(ratio.toFixed(ratio < 10 ? 1 : 0))}×`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? "±0 %" : `${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`;
}

/** A moment of the day with seconds, `14:02:11`. */
export function formatClock(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** A day and a moment in the reader's own manner. */
export function formatMoment(time: number): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** `one issue`, `3 issues`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
