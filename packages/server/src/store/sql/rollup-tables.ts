import type { RollupTable } from "../../model/rollup.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Where each resolution is stored, under its names in queries and in SQL, and how long its cells are. */
export const ROLLUP_TABLES = {
  minute: { table: "rollupMinute", sqlName: "rollup_minute", cellMs: MINUTE_MS },
  minute_route: { table: "rollupMinuteRoute", sqlName: "rollup_minute_route", cellMs: MINUTE_MS },
  five_minute: { table: "rollupFiveMinute", sqlName: "rollup_five_minute", cellMs: 5 * MINUTE_MS },
  five_minute_route: { table: "rollupFiveMinuteRoute", sqlName: "rollup_five_minute_route", cellMs: 5 * MINUTE_MS },
  hour: { table: "rollupHour", sqlName: "rollup_hour", cellMs: HOUR_MS },
  hour_route: { table: "rollupHourRoute", sqlName: "rollup_hour_route", cellMs: HOUR_MS },
  day: { table: "rollupDay", sqlName: "rollup_day", cellMs: DAY_MS },
  day_route: { table: "rollupDayRoute", sqlName: "rollup_day_route", cellMs: DAY_MS },
} as const satisfies Record<RollupTable, { table: string; sqlName: string; cellMs: number }>;
