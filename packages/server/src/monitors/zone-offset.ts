const MAX_ZONES = 200;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the name is a time zone of the IANA database, as this runtime knows it. */
export function isTimeZone(name: string): boolean {
  return tryFormatOf(name) !== undefined;
}

/** Milliseconds by which clocks of a zone are ahead of UTC at a time. `zone` must be one. */
export function zoneOffset(zone: string, time: number): number {
  const format = tryFormatOf(zone);
  if (format === undefined) throw new RangeError(`${zone} is no time zone.`);
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(time / 1000) * 1000;
}

/** Making a format costs more than a thousand uses of it. */
function tryFormatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  if (formats.size >= MAX_ZONES) formats.clear();
  formats.set(zone, format);
  return format;
}
