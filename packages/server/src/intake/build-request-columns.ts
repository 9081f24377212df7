import { WIRE_LIMITS, type NumberColumn, type RequestColumns, type StringColumn } from "@gatewatch/protocol";
import { MAX_DURATION_MS } from "@gatewatch/protocol/schema/field-limits";
import { type EventProblem, wrongField } from "./event-problem.ts";
import { explainTime, settleTime } from "./event-time.ts";
import type { FactsReader } from "./read-facts.ts";
import { EXPECTED, EXPECTED_STATUS, isStatus, type FieldReader, type TextField } from "./request-fields.ts";

type Encoded = number | string | null;

/** A request event as it came, nothing checked. Named fields, since looking them up by a variable costs several times more. */
interface RawRequest {
  time?: unknown;
  method?: unknown;
  route?: unknown;
  path?: unknown;
  status?: unknown;
  durationMs?: unknown;
  requestId?: unknown;
  traceId?: unknown;
  spanId?: unknown;
  requestBytes?: unknown;
  responseBytes?: unknown;
  aborted?: unknown;
  client?: unknown;
  userAgent?: unknown;
  userId?: unknown;
  errorId?: unknown;
  host?: unknown;
  scheme?: unknown;
  attributes?: unknown;
}

interface TextColumn {
  name: OptionalField;
  values: StringColumn;
  encode(raw: string): number | string;
  present: boolean;
  /** The cell of the event that is being checked. */
  next: Encoded;
}

/** Collects request events given as objects into columns with a dictionary. */
export interface ColumnsBuilder {
  /** Adds one event; returns why it is refused. */
  add(event: Record<string, unknown>): EventProblem | undefined;
  /** Adds rows that were columns already; their strings are checked and clean. */
  addRows(columns: RequestColumns, dict: readonly string[]): void;
  finish(): { columns: RequestColumns; dict: string[] } | undefined;
}

const REFUSED = -1;
/** Different neighbours after which a column shows whether its strings repeat themselves. */
const ENOUGH_ASKED = 24;
const OPTIONAL = [
  "route",
  "requestId",
  "traceId",
  "spanId",
  "client",
  "userAgent",
  "userId",
  "errorId",
  "host",
  "scheme",
] as const;
type OptionalField = (typeof OPTIONAL)[number];

/** One builder for one batch. */
export function createColumnsBuilder(
  readers: Record<TextField, FieldReader>,
  facts: FactsReader,
  receivedAt: number,
): ColumnsBuilder {
  const dict: string[] = [];
  const entries = new Map<string, number>();
  const time: number[] = [];
  const durationUs: number[] = [];
  const status: number[] = [];
  const method: StringColumn = [];
  const path: StringColumn = [];
  const routes = createTextColumn("route");
  const requestIds = createTextColumn("requestId");
  const traceIds = createTextColumn("traceId");
  const spanIds = createTextColumn("spanId");
  const clients = createTextColumn("client");
  const userAgents = createTextColumn("userAgent");
  const userIds = createTextColumn("userId");
  const errorIds = createTextColumn("errorId");
  const hosts = createTextColumn("host");
  const schemes = createTextColumn("scheme");
  const optional = [routes, requestIds, traceIds, spanIds, clients, userAgents, userIds, errorIds, hosts, schemes];
  const requestBytes: NumberColumn = [];
  const responseBytes: NumberColumn = [];
  const aborted: (0 | 1)[] = [];
  const attributes: StringColumn = [];
  let hasRequestBytes = false;
  let hasResponseBytes = false;
  let hasAborted = false;
  let hasAttributes = false;
  const methods = createEncoder(readers.method);
  // Most paths hold an id: numbering them in the dictionary would cost more than it saves.
  const paths = (raw: string) => readers.path(raw) ?? REFUSED;

  function toEntry(clean: string): number | string {
    const known = entries.get(clean);
    if (known !== undefined) return known;
    if (dict.length >= WIRE_LIMITS.maxDictEntries) return clean;
    entries.set(clean, dict.length);
    return dict.push(clean) - 1;
  }

  /** Checks, cleans and numbers a string once per batch; where most strings are new, numbering stops. */
  function createEncoder(read: FieldReader): (raw: string) => number | string {
    const seen = new Map<string, number | string>();
    let asked = 0;
    let lastRaw: string | undefined;
    let last: number | string = REFUSED;
    return (raw) => {
      // Neighbours are often the same, and comparing is cheaper than hashing.
      if (raw === lastRaw) return last;
      if (asked >= ENOUGH_ASKED && seen.size * 4 > asked * 3) return read(raw) ?? REFUSED;
      asked++;
      let encoded = seen.get(raw);
      if (encoded === undefined) {
        const clean = read(raw);
        encoded = clean === undefined ? REFUSED : toEntry(clean);
        seen.set(raw, encoded);
      }
      lastRaw = raw;
      last = encoded;
      return encoded;
    };
  }

  function createTextColumn(name: OptionalField): TextColumn {
    const values: StringColumn = [];
    const read = readers[name];
    const unique = name === "requestId" || name === "traceId" || name === "spanId" || name === "errorId";
    const encode = unique ? (raw: string) => read(raw) ?? REFUSED : createEncoder(read);
    return { name, values, encode, present: false, next: null };
  }

  /** A column begins with the first event that has its field. */
  function push(column: TextColumn, row: number, cell: Encoded): void {
    if (!column.present) {
      if (cell === null) return;
      column.present = true;
      for (let absent = 0; absent < row; absent++) column.values.push(null);
    }
    column.values.push(cell);
  }

  /** Sets the column's next cell; false when the value is refused. */
  function take(column: TextColumn, value: unknown): boolean {
    if (typeof value !== "string") {
      column.next = null;
      return value === undefined;
    }
    const encoded = column.encode(value);
    column.next = encoded;
    return encoded !== REFUSED;
  }

  function findProblem(event: Record<string, unknown>, settled: number): EventProblem | undefined {
    if (Number.isNaN(settled)) return explainTime(event["time"]);
    for (const name of ["method", "path"] as const) {
      const value = event[name];
      if (typeof value !== "string" || readers[name](value) === undefined)
        return wrongField(name, value, EXPECTED[name]);
    }
    for (const name of OPTIONAL) {
      const value = event[name];
      if (value === undefined || (value === null && name === "route")) continue;
      if (typeof value !== "string" || readers[name](value) === undefined)
        return wrongField(name, value, EXPECTED[name]);
    }
    if (!isStatus(event["status"])) return wrongField("status", event["status"], EXPECTED_STATUS);
    if (!isDuration(event["durationMs"]))
      return wrongField("durationMs", event["durationMs"], "milliseconds of at most a week");
    for (const name of ["requestBytes", "responseBytes"]) {
      if (!isOptionalSize(event[name])) return wrongField(name, event[name], "a whole number of bytes");
    }
    return wrongField("aborted", event["aborted"], "true or false");
  }

  return {
    add(event) {
      const raw: RawRequest = event;
      const { method: rawMethod, path: rawPath, durationMs: duration, status: code } = raw;
      const { requestBytes: sent, responseBytes: received, aborted: gone } = raw;
      const settled = settleTime(raw.time, receivedAt);
      const encodedMethod = typeof rawMethod === "string" ? methods(rawMethod) : REFUSED;
      const encodedPath = typeof rawPath === "string" ? paths(rawPath) : REFUSED;
      const good =
        settled >= 0 &&
        encodedMethod !== REFUSED &&
        encodedPath !== REFUSED &&
        isDuration(duration) &&
        isStatus(code) &&
        isOptionalSize(sent) &&
        isOptionalSize(received) &&
        (gone === undefined || typeof gone === "boolean") &&
        take(routes, raw.route ?? undefined) &&
        take(requestIds, raw.requestId) &&
        take(traceIds, raw.traceId) &&
        take(spanIds, raw.spanId) &&
        take(clients, raw.client) &&
        take(userAgents, raw.userAgent) &&
        take(userIds, raw.userId) &&
        take(errorIds, raw.errorId) &&
        take(hosts, raw.host) &&
        take(schemes, raw.scheme);
      if (!good) return findProblem(event, settled);
      const given = raw.attributes;
      let text: string | null = null;
      if (given !== undefined) {
        const read = facts.readText(given, "attributes");
        if (typeof read !== "string") return read;
        text = read;
        hasAttributes = true;
      }
      time.push(settled);
      durationUs.push(Math.round((duration as number) * 1000));
      status.push(code as number);
      method.push(encodedMethod);
      path.push(encodedPath);
      for (const column of optional) push(column, time.length - 1, column.next);
      if (sent !== undefined) hasRequestBytes = true;
      requestBytes.push(sent === undefined ? null : (sent as number));
      if (received !== undefined) hasResponseBytes = true;
      responseBytes.push(received === undefined ? null : (received as number));
      if (gone === true) hasAborted = true;
      aborted.push(gone === true ? 1 : 0);
      attributes.push(text);
      return undefined;
    },

    addRows(columns, given) {
      const at = (column: StringColumn | undefined, row: number): Encoded => {
        const cell = column?.[row] ?? null;
        return typeof cell === "number" ? toEntry(given[cell]!) : cell;
      };
      for (let row = 0; row < columns.n; row++) {
        time.push(columns.t0 + columns.time[row]!);
        durationUs.push(columns.durationUs[row]!);
        status.push(columns.status[row]!);
        method.push(at(columns.method, row));
        path.push(at(columns.path, row));
        for (const column of optional) push(column, time.length - 1, at(columns[column.name], row));
        requestBytes.push(columns.requestBytes?.[row] ?? null);
        responseBytes.push(columns.responseBytes?.[row] ?? null);
        aborted.push(columns.aborted?.[row] ?? 0);
        attributes.push(at(columns.attributes, row));
      }
      hasRequestBytes ||= columns.requestBytes !== undefined;
      hasResponseBytes ||= columns.responseBytes !== undefined;
      hasAborted ||= columns.aborted !== undefined;
      hasAttributes ||= columns.attributes !== undefined;
    },

    finish() {
      const n = time.length;
      if (n === 0) return undefined;
      let t0 = time[0]!;
      for (let row = 1; row < n; row++) if (time[row]! < t0) t0 = time[row]!;
      for (let row = 0; row < n; row++) time[row]! -= t0;
      const columns: RequestColumns = { n, t0, time, durationUs, status, method, path };
      for (const column of optional) if (column.present) columns[column.name] = column.values;
      if (hasRequestBytes) columns.requestBytes = requestBytes;
      if (hasResponseBytes) columns.responseBytes = responseBytes;
      if (hasAborted) columns.aborted = aborted;
      if (hasAttributes) columns.attributes = attributes;
      return { columns, dict };
    },
  };
}

function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= MAX_DURATION_MS;
}

function isOptionalSize(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);
}
