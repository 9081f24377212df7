import type { RequestColumns, Resource, StringColumn } from "@gatewatch/protocol";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type ChunkBatch, findBatch, readBatches, writeBatches } from "./chunk-batches.ts";
import {
  createNumberView,
  type NumberView,
  readBlock,
  readNumbers,
  readStrings,
  readUnsigned,
  writeNumbers,
  writeStrings,
  writeUnsigned,
} from "./column-codec.ts";
import type { RequestRow } from "./store.ts";

/** The request rows of one batch on their way into a chunk. */
export interface RequestPart {
  /** 16 bytes. */
  batchId: Uint8Array;
  receivedAt: number;
  resource: Resource | undefined;
  dict: readonly string[];
  columns: RequestColumns;
}

const VERSION = 1;
const KIND_REQUEST = 1;
const END = 0;

/** Numbers under which columns are stored; never reused. */
const NUMBER_COLUMNS = { time: 1, durationUs: 2, status: 3, requestBytes: 4, responseBytes: 5, aborted: 6 } as const;
const STRING_COLUMNS = {
  method: 16,
  route: 17,
  path: 18,
  host: 19,
  scheme: 20,
  client: 21,
  userAgent: 22,
  userId: 23,
  requestId: 24,
  traceId: 25,
  spanId: 26,
  errorId: 27,
  attributes: 28,
} as const;
export type RequestNumberColumn = keyof typeof NUMBER_COLUMNS;
export type RequestStringColumn = keyof typeof STRING_COLUMNS;

/** Columns whose values are mostly different from row to row; the others share a dictionary of their own. */
const DISTINCT: ReadonlySet<RequestStringColumn> = new Set(["requestId", "traceId", "spanId", "errorId", "attributes"]);

const FORM_LIST = 0;
const FORM_DICTIONARY = 1;

/** Encodes the rows of `parts`, in their order, as one chunk. */
export function encodeRequestChunk(parts: readonly RequestPart[]): {
  body: Uint8Array;
  count: number;
  minTime: number;
  maxTime: number;
} {
  let n = 0;
  for (const part of parts) n += part.columns.n;
  const writer = new ByteWriter(256 + n * 64);
  writer.byte(VERSION);
  writer.byte(KIND_REQUEST);
  writer.varint(n);
  writeBatches(
    writer,
    parts.map((part) => ({ ...part, rows: part.columns.n })),
  );
  const column = new ByteWriter(256 + n * 16);
  const endColumn = (id: number): void => {
    writer.byte(id);
    writer.varint(column.view().length);
    writer.raw(column.view());
    column.reset();
  };
  const numbers = new Float64Array(n);
  let minTime = Number.POSITIVE_INFINITY;
  let maxTime = Number.NEGATIVE_INFINITY;
  let at = 0;
  for (const { columns } of parts) {
    const { t0, time } = columns;
    for (let i = 0; i < columns.n; i++) {
      const value = t0 + time[i]!;
      if (value < minTime) minTime = value;
      if (value > maxTime) maxTime = value;
      numbers[at++] = value;
    }
  }
  writeNumbers(column, numbers);
  endColumn(NUMBER_COLUMNS.time);
  for (const [name, id] of Object.entries(NUMBER_COLUMNS)) {
    if (name === "time") continue;
    const key = name as Exclude<RequestNumberColumn, "time">;
    if (!parts.some((part) => part.columns[key])) continue;
    at = 0;
    for (const { columns } of parts) {
      const values = columns[key];
      if (values) for (let i = 0; i < columns.n; i++) numbers[at++] = values[i] ?? Number.NaN;
      else {
        numbers.fill(Number.NaN, at, at + columns.n);
        at += columns.n;
      }
    }
    writeNumbers(column, numbers, key === "status" || key === "aborted");
    endColumn(id);
  }
  for (const [name, id] of Object.entries(STRING_COLUMNS)) {
    const key = name as RequestStringColumn;
    if (!parts.some((part) => part.columns[key])) continue;
    if (DISTINCT.has(key) || (key === "path" && hasDistinctPaths(parts, n))) {
      column.byte(FORM_LIST);
      writeStrings(column, collectStrings(parts, key));
    } else {
      column.byte(FORM_DICTIONARY);
      writeDictionary(column, parts, key, n);
    }
    endColumn(id);
  }
  writer.byte(END);
  return { body: writer.finish(), count: n, minTime, maxTime };
}

/** Looks at a sample of paths: where most differ, a dictionary would only add its ids. */
function hasDistinctPaths(parts: readonly RequestPart[], n: number): boolean {
  const seen = new Set<string>();
  const step = Math.max(1, n >> 8);
  let looked = 0;
  let row = 0;
  for (const { columns, dict } of parts) {
    for (; row < columns.n; row += step) {
      const value = columns.path[row];
      looked++;
      seen.add(typeof value === "number" ? (dict[value] ?? "") : (value ?? ""));
    }
    row -= columns.n;
  }
  return seen.size * 2 > looked;
}

function collectStrings(parts: readonly RequestPart[], name: RequestStringColumn): (string | null)[] {
  const values: (string | null)[] = [];
  for (const { columns, dict } of parts) {
    const column = columns[name];
    for (let i = 0; i < columns.n; i++) {
      const value = column?.[i];
      values.push(typeof value === "number" ? (dict[value] ?? null) : (value ?? null));
    }
  }
  return values;
}

function writeDictionary(
  writer: ByteWriter,
  parts: readonly RequestPart[],
  name: RequestStringColumn,
  n: number,
): void {
  const known = new Map<string, number>();
  // Zero is absent; a string's id is its place in the dictionary plus one.
  const ids = new Uint32Array(n);
  const intern = (text: string): number => {
    let id = known.get(text);
    if (id === undefined) known.set(text, (id = known.size + 1));
    return id;
  };
  let at = 0;
  for (const { columns, dict } of parts) {
    const column: StringColumn | undefined = columns[name];
    if (column) {
      const idOf = new Uint32Array(dict.length);
      for (let i = 0; i < columns.n; i++) {
        const value = column[i];
        if (typeof value === "number") {
          let id = idOf[value];
          if (id === 0) idOf[value] = id = intern(dict[value]!);
          ids[at + i] = id ?? 0;
        } else if (value != null) ids[at + i] = intern(value);
      }
    }
    at += columns.n;
  }
  const dictionary = [...known.keys()];
  writer.varint(dictionary.length);
  writeStrings(writer, dictionary);
  writeUnsigned(writer, ids, dictionary.length);
}

/** Strings of one column: `dict[ids[row]]`, or `dict[row]` where there are no ids. Null: absent. */
export interface StringView {
  dict: readonly (string | null)[];
  ids: Uint8Array | Uint16Array | Uint32Array | null;
  get(row: number): string | null;
}

/** A request chunk whose columns are decoded one by one, on first use. */
export class RequestChunk {
  readonly n: number;
  readonly batches: readonly ChunkBatch[];
  private readonly body: Uint8Array;
  private readonly offsets = new Map<number, number>();
  private readonly numberViews = new Map<number, NumberView>();
  private readonly stringViews = new Map<number, StringView>();

  /** Throws a RangeError when the bytes are damaged or of an unknown version. */
  constructor(body: Uint8Array) {
    this.body = body;
    const reader = new ByteReader(body);
    const version = reader.byte();
    if (version !== VERSION)
      throw new RangeError(`A chunk of version ${version} was found; this server knows ${VERSION}.`);
    const kind = reader.byte();
    if (kind !== KIND_REQUEST) throw new RangeError(`A chunk of requests was expected, not of kind ${kind}.`);
    this.n = reader.varint();
    const count = reader.varint();
    const table = new ByteReader(readBlock(reader));
    this.batches = readBatches(table, count, readBlock(reader));
    for (let id = reader.byte(); id !== END; id = reader.byte()) {
      const length = reader.varint();
      this.offsets.set(id, reader.offset);
      reader.raw(length);
    }
  }

  /** Numbers of a column; all absent when the chunk does not have it. Durations in microseconds. */
  numbers(name: RequestNumberColumn): NumberView {
    const id = NUMBER_COLUMNS[name];
    let view = this.numberViews.get(id);
    if (!view) {
      const offset = this.offsets.get(id);
      view =
        offset === undefined
          ? createNumberView(0, new Uint8Array(this.n), true)
          : readNumbers(new ByteReader(this.body, offset), this.n);
      this.numberViews.set(id, view);
    }
    return view;
  }

  strings(name: RequestStringColumn): StringView {
    const id = STRING_COLUMNS[name];
    let view = this.stringViews.get(id);
    if (!view) {
      const offset = this.offsets.get(id);
      view = offset === undefined ? createStringView([null], new Uint8Array(this.n)) : this.readStringView(offset);
      this.stringViews.set(id, view);
    }
    return view;
  }

  batchOf(row: number): ChunkBatch {
    return findBatch(this.batches, row);
  }

  /** One row as the screens show it. */
  row(row: number): RequestRow {
    return {
      time: this.numbers("time").get(row) ?? 0,
      receivedAt: this.batchOf(row).receivedAt,
      method: this.strings("method").get(row) ?? "",
      route: this.strings("route").get(row),
      path: this.strings("path").get(row) ?? "",
      status: this.numbers("status").get(row) ?? 0,
      durationMs: (this.numbers("durationUs").get(row) ?? 0) / 1000,
      requestId: this.strings("requestId").get(row),
      client: this.strings("client").get(row),
      userId: this.strings("userId").get(row),
      errorId: this.strings("errorId").get(row),
    };
  }

  private readStringView(offset: number): StringView {
    const reader = new ByteReader(this.body, offset);
    if (reader.byte() === FORM_LIST) return createStringView(readStrings(reader, this.n), null);
    const dict = readStrings(reader, reader.varint());
    return createStringView([null, ...dict], readUnsigned(reader, this.n));
  }
}

function createStringView(dict: StringView["dict"], ids: StringView["ids"]): StringView {
  return {
    dict,
    ids,
    get: ids ? (row) => dict[ids[row] ?? 0] ?? null : (row) => dict[row] ?? null,
  };
}
