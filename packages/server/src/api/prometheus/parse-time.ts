import { badData, badParameter } from "./query-error.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};
const DURATION = /^(?:\d{1,9}y)?(?:\d{1,9}w)?(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m(?!s))?(?:\d{1,9}s)?(?:\d{1,12}ms)?$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;
const FLOAT = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[+-]?\d{1,3})?$/i;
/** Greatest time of a JavaScript date. */
const MAX_TIME_MS = 8.64e15;

/** `1h30m` in milliseconds. @throws QueryError */
export function parseDuration(text: string): number {
  if (text === "" || !DURATION.test(text))
    throw badData(`not a valid duration string: ${JSON.stringify(text.slice(0, 60))}`);
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) ms += Number(digits) * UNITS_MS[unit!]!;
  if (ms === 0) throw badData("duration must be greater than 0");
  return ms;
}

/** Unix seconds or RFC 3339, in epoch milliseconds. @throws QueryError */
export function parseTime(name: string, text: string): number {
  const ms = FLOAT.test(text) ? Math.round(Number(text) * 1000) : RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Math.abs(ms) <= MAX_TIME_MS) return ms;
  throw badParameter(name, `cannot parse ${JSON.stringify(text.slice(0, 60))} to a valid timestamp`);
}

/** Seconds or a duration, in milliseconds. @throws QueryError */
export function parseStep(text: string): number {
  const ms = FLOAT.test(text) ? Number(text) * 1000 : tryParseDuration(text);
  if (ms === undefined || !Number.isFinite(ms))
    throw badParameter("step", `cannot parse ${JSON.stringify(text.slice(0, 60))} to a valid duration`);
  if (ms < 1)
    throw badParameter(
      "step",
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  return Math.round(ms);
}

function tryParseDuration(text: string): number | undefined {
  return text !== "" && DURATION.test(text) ? parseDuration(text) : undefined;
}
