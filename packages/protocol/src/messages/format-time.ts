const formats = new Map<string, Intl.DateTimeFormat>();
/** Names of zones come from options alone; the bound is for those that make them up. */
const MAX_FORMATS = 50;

/** `YYYY-MM-DD HH:MM:SS TZ` in the time zone; a moment that is none is `unknown`. */
export function formatTime(at: number, timeZone = "UTC"): string {
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return "unknown";
  if (timeZone === "UTC") return `${new Date(at).toISOString().slice(0, -5).replace("T", " ")} UTC`;
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) parts[type] = value;
  const { year, month, day, hour, minute, second, timeZoneName } = parts;
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
}

/** Whether this machine knows the zone, such as `Asia/Seoul` or `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZoneName: "short",
    });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(timeZone, format);
  }
  return format;
}
