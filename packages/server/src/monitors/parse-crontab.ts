/** When a crontab runs: the values that each field allows. */
export interface Crontab {
  minutes: readonly number[];
  hours: readonly number[];
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  weekdays: ReadonlySet<number>;
  /** Both fields of days name some: one of them is enough. */
  eitherDay: boolean;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const PART = /^(?:(\*)|([0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?)(?:\/(\d{1,2}))?$/;

/** Five fields as crontab(5) has them, with names, ranges, lists, steps and nicknames; undefined when they are none. */
export function tryParseCrontab(text: string): Crontab | undefined {
  const trimmed = text.trim().toLowerCase();
  const line = Object.hasOwn(NICKNAMES, trimmed) ? NICKNAMES[trimmed]! : trimmed;
  const [minute, hour, day, month, weekday, ...more] = line.replaceAll("?", "*").split(/\s+/);
  if (weekday === undefined || more.length > 0) return undefined;
  const minutes = tryParseField(minute!, 0, 59);
  const hours = tryParseField(hour!, 0, 23);
  const days = tryParseField(day!, 1, 31);
  const months = tryParseField(month!, 1, 12, MONTHS, 1);
  // Sunday is 0 and 7.
  const weekdays = tryParseField(weekday, 0, 7, WEEKDAYS)?.map((number) => number % 7);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  return {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays),
    eitherDay: !day!.startsWith("*") && !weekday.startsWith("*"),
  };
}

/** The values of a field in ascending order. */
function tryParseField(
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  firstName = 0,
): number[] | undefined {
  const allowed = new Set<number>();
  const parts = text.split(",");
  if (parts.length > 60) return undefined;
  for (const part of parts) {
    const match = PART.exec(part);
    if (match === null) return undefined;
    const [, star, first, last, step] = match;
    const numberOf = (word: string): number => {
      const named = names.indexOf(word);
      if (named !== -1) return named + firstName;
      return /^\d+$/.test(word) ? Number(word) : Number.NaN;
    };
    const from = star === undefined ? numberOf(first!) : least;
    // `5/10` stands for `5-59/10`.
    const open = star !== undefined || (last === undefined && step !== undefined);
    const to = open ? most : numberOf(last ?? first!);
    const by = step === undefined ? 1 : Number(step);
    if (!(from >= least && to <= most && from <= to && by >= 1)) return undefined;
    for (let value = from; value <= to; value += by) allowed.add(value);
  }
  return [...allowed].toSorted((one, other) => one - other);
}
