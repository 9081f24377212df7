import { ApiError } from "../../model/api-error.ts";

export interface Span {
  from: number;
  to: number;
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DEFAULT_MS = 3_600_000;
const MAX_MS = 800 * 86_400_000;
const MIN_MS = 60_000;

/** The span that a query asks for: `from` and `to`, or `range` back from `to` or now. Throws `invalid_request` when it makes no sense. */
export function resolveSpan(query: { range?: string; from?: number; to?: number }, now: number): Span {
  const to = query.to ?? now;
  const from = query.from ?? to - parseRange(query.range);
  if (from < 0 || to - from < MIN_MS || to - from > MAX_MS) {
    throw new ApiError(
      "invalid_request",
      `The span from ${from} to ${to} cannot be shown; expected one minute to 800 days, \`from\` before \`to\`.`,
      { details: { field: "from" } },
    );
  }
  return { from, to };
}

function parseRange(range: string | undefined): number {
  if (range === undefined) return DEFAULT_MS;
  return Number(range.slice(0, -1)) * UNIT_MS[range.slice(-1) as keyof typeof UNIT_MS];
}
