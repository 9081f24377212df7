import { WIRE_LIMITS, type RequestColumns, type StringColumn } from "@gatewatch/protocol";
import { MAX_DURATION_MS } from "@gatewatch/protocol/schema/field-limits";
import { type EventProblem, wrongField } from "./event-problem.ts";
import { explainTime, settleTime } from "./event-time.ts";
import { unreadableFrame } from "./intake-error.ts";
import type { FactsReader } from "./read-facts.ts";
import {
  EXPECTED,
  EXPECTED_STATUS,
  isStatus,
  TEXT_FIELDS,
  type FieldReader,
  type TextField,
} from "./request-fields.ts";

const MAX_DURATION_US = MAX_DURATION_MS * 1000;
const REQUIRED = ["time", "durationUs", "status", "method", "path"] as const;
const OPTIONAL_COLUMNS = [
  ...TEXT_FIELDS.filter((name) => name !== "method" && name !== "path"),
  "requestBytes",
  "responseBytes",
  "aborted",
  "attributes",
] as const;
const KNOWN = new Set<string>(["n", "t0", ...REQUIRED, ...OPTIONAL_COLUMNS]);

const UNSEEN = 0;
const GOOD = 1;
const REFUSED = 2;
const CHANGED = 3;

export interface CheckedColumns {
  /** Only known columns; cells that had to change are changed in place. */
  columns: RequestColumns;
  /** Rows that are refused. */
  problems: Map<number, EventProblem>;
  /** False when the columns can be kept as they came. */
  changed: boolean;
}

/**
 * Checks columns in place, column by column. `dict` is already clean.
 * @throws IntakeError when the columns do not fit together.
 */
export function checkRequestColumns(
  given: unknown,
  dict: readonly string[],
  readers: Record<TextField, FieldReader>,
  facts: FactsReader,
  receivedAt: number,
): CheckedColumns {
  const columns = readShape(given);
  const { n } = columns;
  const problems = new Map<number, EventProblem>();
  let changed = Object.keys(given as object).some((name) => !KNOWN.has(name));

  const refuse = (row: number, problem: EventProblem) => {
    if (!problems.has(row)) problems.set(row, problem);
  };

  function checkTimes(): void {
    const { t0, time } = columns;
    for (let row = 0; row < n; row++) {
      const delta = time[row]!;
      // Before anything is added: an object in its place may have no way of becoming a number.
      if (!Number.isSafeInteger(delta)) {
        refuse(row, wrongField("time", delta, "whole milliseconds from t0"));
        continue;
      }
      const settled = settleTime(t0 + delta, receivedAt);
      if (settled === t0 + delta) continue;
      if (settled >= 0) {
        time[row] = settled - t0;
        changed = true;
      } else refuse(row, explainTime(t0 + delta));
    }
  }

  function checkNumbers(): void {
    const { durationUs, status } = columns;
    for (let row = 0; row < n; row++) {
      const duration = durationUs[row]!;
      if (!(Number.isInteger(duration) && duration >= 0 && duration <= MAX_DURATION_US))
        refuse(row, wrongField("durationUs", duration, "whole microseconds of at most a week"));
      if (!isStatus(status[row])) refuse(row, wrongField("status", status[row], EXPECTED_STATUS));
    }
    for (const name of ["requestBytes", "responseBytes"] as const) {
      const column = columns[name];
      if (column === undefined) continue;
      for (let row = 0; row < n; row++) {
        const size = column[row];
        if (size !== null && !(Number.isSafeInteger(size) && size! >= 0))
          refuse(row, wrongField(name, size, "a whole number of bytes or null"));
      }
    }
    const gone = columns.aborted;
    if (gone === undefined) return;
    for (let row = 0; row < n; row++)
      if (gone[row] !== 0 && gone[row] !== 1) refuse(row, wrongField("aborted", gone[row], "0 or 1"));
  }

  function checkText(name: TextField, column: StringColumn, required: boolean): void {
    const read = readers[name];
    let seen: Uint8Array | undefined;
    for (let row = 0; row < n; row++) {
      const cell: unknown = column[row];
      if (typeof cell === "number") {
        const entry = dict[cell];
        if (entry === undefined) {
          refuse(row, wrongField(name, cell, "an index into dict"));
          continue;
        }
        seen ??= new Uint8Array(dict.length);
        if (seen[cell] === UNSEEN) {
          const clean = read(entry);
          seen[cell] = clean === entry ? GOOD : clean === undefined ? REFUSED : CHANGED;
        }
        if (seen[cell] === GOOD) continue;
        if (seen[cell] === REFUSED) refuse(row, wrongField(name, entry, EXPECTED[name]));
        else {
          column[row] = read(entry)!;
          changed = true;
        }
      } else if (typeof cell === "string") {
        const clean = read(cell);
        if (clean === cell) continue;
        if (clean === undefined) refuse(row, wrongField(name, cell, EXPECTED[name]));
        else {
          column[row] = clean;
          changed = true;
        }
      } else if (cell !== null || required) refuse(row, wrongField(name, cell, EXPECTED[name]));
    }
  }

  function checkAttributes(column: StringColumn): void {
    for (let row = 0; row < n; row++) {
      const cell: unknown = column[row];
      if (cell === null) continue;
      const text = typeof cell === "number" ? dict[cell] : cell;
      const value = typeof text === "string" ? tryParse(text) : undefined;
      if (value === undefined) {
        refuse(row, wrongField("attributes", cell, "the JSON text of an object"));
        continue;
      }
      const clean = facts.readText(value, "attributes");
      if (typeof clean !== "string") refuse(row, clean);
      else if (clean !== text) {
        column[row] = clean;
        changed = true;
      }
    }
  }

  checkTimes();
  checkNumbers();
  for (const name of TEXT_FIELDS) {
    const column = columns[name];
    if (column !== undefined) checkText(name, column, name === "method" || name === "path");
  }
  if (columns.attributes !== undefined) checkAttributes(columns.attributes);
  return { columns, problems, changed: changed || problems.size > 0 };
}

/** The rows without a problem; every column loses the same ones. */
export function dropRows(columns: RequestColumns, problems: ReadonlyMap<number, EventProblem>): RequestColumns {
  const keep = <T>(column: T[]): T[] => column.filter((_, row) => !problems.has(row));
  const kept: RequestColumns = {
    n: columns.n - problems.size,
    t0: columns.t0,
    time: keep(columns.time),
    durationUs: keep(columns.durationUs),
    status: keep(columns.status),
    method: keep(columns.method),
    path: keep(columns.path),
  };
  for (const name of TEXT_FIELDS) if (columns[name] !== undefined) kept[name] = keep(columns[name]);
  if (columns.requestBytes !== undefined) kept.requestBytes = keep(columns.requestBytes);
  if (columns.responseBytes !== undefined) kept.responseBytes = keep(columns.responseBytes);
  if (columns.aborted !== undefined) kept.aborted = keep(columns.aborted);
  if (columns.attributes !== undefined) kept.attributes = keep(columns.attributes);
  return kept;
}

function readShape(given: unknown): RequestColumns {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw unreadableFrame("columns.request must be an object of columns.");
  const fields = given as Record<string, unknown>;
  const n = fields["n"];
  if (!Number.isInteger(n) || (n as number) < 0) throw unreadableFrame("columns.request.n must be the number of rows.");
  if (!Number.isSafeInteger(fields["t0"]) || (fields["t0"] as number) < 0)
    throw unreadableFrame("columns.request.t0 must be whole epoch milliseconds.");
  const columns: Record<string, unknown> = { n, t0: fields["t0"] };
  for (const name of REQUIRED) columns[name] = readColumn(name, fields[name], n as number);
  for (const name of OPTIONAL_COLUMNS)
    if (fields[name] !== undefined) columns[name] = readColumn(name, fields[name], n as number);
  // Every column is a list of n cells; the cells are checked one by one by the caller.
  return columns as unknown as RequestColumns;
}

function readColumn(name: string, column: unknown, n: number): unknown[] {
  if (Array.isArray(column) && column.length === n) return column;
  throw unreadableFrame(`columns.request.${name} must be a list of ${n} items, one for each row.`);
}

/** Attributes are flat as a rule; the parser's own cost for a hostile text is bounded by the length. */
function tryParse(text: string): unknown {
  if (text.length > WIRE_LIMITS.maxEventBytes) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
