const MONTHS: Readonly<Record<string, number>> = Object.freeze({
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
});

const FIXDATE = /^(?:mon|tue|wed|thu|fri|sat|sun), (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) gmt$/i;
const RFC850 = /^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) gmt$/i;
const ASCTIME = /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/i;

/** Epoch milliseconds of one of the three forms of a date that RFC 9110, section 5.6.7 knows; undefined for anything else. */
export function tryParseHttpDate(text: string, nowMs: number): number | undefined {
  const fixdate = FIXDATE.exec(text);
  if (fixdate !== null) {
    const [, day, month, year, hour, minute, second] = fixdate;
    return toTime(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  }
  const rfc850 = RFC850.exec(text);
  if (rfc850 !== null) {
    const [, day, month, year, hour, minute, second] = rfc850;
    return toTime(toFullYear(Number(year), nowMs), month, Number(day), Number(hour), Number(minute), Number(second));
  }
  const asctime = ASCTIME.exec(text);
  if (asctime === null) return undefined;
  const [, month, day, hour, minute, second, year] = asctime;
  return toTime(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
}

/** A year of two digits that would be more than 50 years ahead lies in the past. */
function toFullYear(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const full = thisYear - (thisYear % 100) + year;
  return full > thisYear + 50 ? full - 100 : full;
}

function toTime(
  year: number,
  monthName: string | undefined,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const month = MONTHS[monthName?.toLowerCase() ?? ""];
  if (month === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const time = Date.UTC(year, month, day, hour, minute, second);
  // `Date.UTC` reads a 31st of February as a day of March.
  return new Date(time).getUTCDate() === day || second === 60 ? time : undefined;
}
