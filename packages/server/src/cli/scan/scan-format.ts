import type { DetectableEvent } from "@gatewatch/detect";

/** What a line, or several, of a file say. */
export interface ScannedEvent {
  event: DetectableEvent;
  /** When it happened, epoch milliseconds; null where it does not say. */
  atMs: number | null;
}

/** One way to write events into lines. */
export interface ScanFormat {
  readonly name: string;
  /** Null for a line that is not of this format. */
  parse(line: string): ScannedEvent | null;
}

/** Any text: the words of a line, with what changes from line to line kept apart from its wording. */
const raw: ScanFormat = {
  name: "raw",
  parse: (line) => ({ event: { type: "line", message: line }, atMs: readTime(line.slice(0, 40)) }),
};

const ndjson: ScanFormat = {
  name: "ndjson",
  parse(line) {
    const value = tryParse(line);
    return value === undefined ? null : fromJson(value);
  },
};

/** Combined and common log format, as Apache and nginx write them, with what nginx sites add at the end left alone. */
const COMBINED =
  /^(\S{1,256}) (\S{1,256}) (.{1,256}?) \[([^\]]{1,64})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d{1,15}|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?/;

function parseCombined(line: string): ScannedEvent | null {
  const match = COMBINED.exec(line);
  if (match === null) return null;
  const [, address, , user, time, request = "", status, bytes, referer, userAgent] = match;
  const [method = "", target = "", protocol = ""] = splitRequest(request);
  const mark = target.indexOf("?");
  const body: Record<string, unknown> = {
    method,
    path: mark === -1 ? target : target.slice(0, mark),
    status_code: Number(status),
    response_bytes: bytes === "-" ? 0 : Number(bytes),
  };
  if (mark !== -1) body.query = target.slice(mark + 1);
  if (protocol !== "") body.protocol = protocol;
  if (referer !== undefined && referer !== "-") body.referer = referer;
  if (userAgent !== undefined) body.user_agent = userAgent;
  const attributes: Record<string, unknown> = { client_address: address };
  if (user !== "-") attributes.user_id = user;
  return { event: { type: "http_request", body, attributes }, atMs: readCombinedTime(time ?? "") };
}

/** A request line; a broken one (binary, TLS on a plain port) stays whole as its target. */
function splitRequest(request: string): string[] {
  const parts = request.split(" ");
  return parts.length === 3 && /^[A-Z]{2,20}$/.test(parts[0] ?? "") ? parts : ["", request, ""];
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `17/May/2015:10:05:03 +0000` */
function readCombinedTime(text: string): number | null {
  const match = /^(\d{2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/.exec(text);
  if (match === null) return null;
  const month = MONTHS.indexOf(match[2] ?? "") + 1;
  return readTime(`${match[3]}-${String(month).padStart(2, "0")}-${match[1]}T${match[4]}${match[5]}:${match[6]}`);
}

const apache: ScanFormat = { name: "apache", parse: parseCombined };
/** nginx writes the combined format, or JSON where the site says so. */
const nginx: ScanFormat = {
  name: "nginx",
  parse: (line) => parseCombined(line) ?? (line.startsWith("{") ? ndjson.parse(line) : null),
};

/** RFC 5424, and RFC 3164 as it is written in practice; the priority may be missing, as in files. */
const SYSLOG_5424 =
  /^(?:<(\d{1,3})>)?1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|(?:\[[^\]]*\])+) ?(.*)$/s;
const SYSLOG_3164 =
  /^(?:<(\d{1,3})>)?(\w{3} [ \d]\d \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T\S{1,32}) (\S{1,255}) ([^:[\s]{1,128})(?:\[(\w{1,32})\])?: ?(.*)$/s;

const syslog: ScanFormat = {
  name: "syslog",
  parse(line) {
    const five = SYSLOG_5424.exec(line);
    if (five !== null) {
      const [, priority, time, host, app, , kind, , message] = five;
      return toSyslog(priority, time ?? "", host, app, kind === "-" ? undefined : kind, message);
    }
    const three = SYSLOG_3164.exec(line);
    if (three === null) return null;
    const [, priority, time, host, app, , message] = three;
    return toSyslog(priority, time ?? "", host, app, undefined, message);
  },
};

function toSyslog(
  priority: string | undefined,
  time: string,
  host: string | undefined,
  app: string | undefined,
  kind: string | undefined,
  message: string | undefined,
): ScannedEvent {
  const body: Record<string, unknown> = { host, app, message };
  if (kind !== undefined) body.kind = kind;
  if (priority !== undefined) {
    body.facility = Number(priority) >> 3;
    body.severity = Number(priority) & 7;
  }
  return { event: { type: "log", body }, atMs: readTime(time) };
}

/** By name; `csv` and `json` are read as a whole stream instead of line by line. */
export const LINE_FORMATS: readonly ScanFormat[] = [raw, ndjson, nginx, apache, syslog];

/** What a JSON value says; a bare value becomes an event with that one field. */
export function fromJson(value: unknown): ScannedEvent {
  const event = isObject(value) ? value : { value };
  const time = event.timestamp ?? event.time ?? event["@timestamp"] ?? event.ts;
  return { event, atMs: typeof time === "number" ? readNumericTime(time) : readTime(String(time ?? "")) };
}

/** A row of a table with a heading; empty cells are missing fields. */
export function fromRow(row: Record<string, string>): ScannedEvent {
  const event = Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ""));
  return { event, atMs: fromJson(event).atMs };
}

/** The first format that reads most of these lines, for a hint; null where only `raw` does. */
export function guessFormat(lines: readonly string[]): string | null {
  for (const format of [ndjson, apache, syslog]) {
    const read = lines.filter((line) => {
      const scanned = format.parse(line);
      return scanned !== null && !("value" in scanned.event);
    });
    if (lines.length > 0 && read.length > lines.length * 0.8) return format.name;
  }
  return null;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readNumericTime(time: number): number | null {
  if (!Number.isFinite(time) || time < 0) return null;
  // Seconds until the year 5138 are below 1e11, milliseconds since 1973 above.
  return time < 1e11 ? time * 1000 : time;
}

function readTime(text: string): number | null {
  const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?/.exec(text)?.[0];
  if (iso === undefined) return null;
  const time = Date.parse(
    /(?:Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso.replace(",", ".") : `${iso.replace(",", ".").replace(" ", "T")}Z`,
  );
  return Number.isNaN(time) ? null : time;
}
