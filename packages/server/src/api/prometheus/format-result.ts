import { tooMuch } from "./query-error.ts";
import { labelsKey, type Result, type Series } from "./series.ts";

/** Of one answer: about 25 MB of JSON. */
const MAX_SAMPLES = 800_000;

/** @throws QueryError when an answer of so many series over so many moments would be too large. */
export function checkSamples(series: number, moments: number): void {
  if (series * moments > MAX_SAMPLES) throw tooMuch();
}

type Sample = [seconds: number, value: string];
interface Row {
  metric: Record<string, string>;
}

/** `data` of an answer about one moment. */
export function toInstantData(result: Result, time: number): object {
  const seconds = time / 1000;
  if (result.type === "scalar") return { resultType: "scalar", result: [seconds, formatValue(result.values[0]!)] };
  const rows = sorted(result.series)
    .filter(({ present }) => present[0] === 1)
    .map(({ labels, values }): Row & { value: Sample } => ({
      metric: { ...labels },
      value: [seconds, formatValue(values[0]!)],
    }));
  return { resultType: "vector", result: rows };
}

/** `data` of an answer over steps; a scalar is a series without labels. @throws QueryError */
export function toRangeData(result: Result, times: readonly number[]): object {
  const series =
    result.type === "vector"
      ? sorted(result.series)
      : [{ labels: {}, values: result.values, present: new Uint8Array(times.length).fill(1) }];
  checkSamples(series.length, times.length);
  const rows = series.map(({ labels, values, present }): Row & { values: Sample[] } => {
    const samples: Sample[] = [];
    for (let step = 0; step < times.length; step++)
      if (present[step] === 1) samples.push([times[step]! / 1000, formatValue(values[step]!)]);
    return { metric: { ...labels }, values: samples };
  });
  return { resultType: "matrix", result: rows.filter(({ values }) => values.length > 0) };
}

function sorted(series: readonly Series[]): Series[] {
  const keyed = series.map((one) => ({ one, key: labelsKey(one.labels) }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ one }) => one);
}

/** A float as Prometheus writes it: never with an exponent. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign, head, tail = "", power] = parts;
  const digits = head! + tail;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
