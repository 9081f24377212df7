import { zstdDecompressSync } from "node:zlib";
import { FlattenMap, isIgnored, type SourceMapInput, type TraceMap, traceSegment } from "@jridgewell/trace-mapping";
import type { SourceContext } from "@gatewatch/protocol";
import { TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { countJsonValues } from "./count-json-values.ts";
import { nameSource } from "./name-source.ts";
import { SourceLines } from "./source-lines.ts";

/** A place in a source. */
export interface SourcePosition {
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** What the script's identifier at this place is called in the source; null where the map does not say. */
  name: string | null;
  /** Written by others, or made by a bundler. */
  foreign: boolean;
  context: SourceContext | null;
}

export interface ReadableMap {
  /** Bytes of memory, estimated. */
  cost: number;
  /** `line` and `column` count from 1, as stacks do; null when the map says nothing of the place. */
  positionOf(line: number, column: number): SourcePosition | null;
}

/** A segment of a map becomes an array of up to five numbers; it is written with at least this many characters on average. */
const BYTES_PER_MAPPING_CHARACTER = 24;
/** A list or a source's name that was resolved, with what refers to it; 64 to 100 were measured. */
const BYTES_PER_JSON_VALUE = 96;
const FOREIGN_SOURCE = /(?:^|\/)node_modules\/|^webpack\/|\0|^(?:vite|rolldown)\//;

/** The map would need more memory than one may. */
export class MapTooLargeError extends Error {}

/**
 * Reads a source map, packed with zstd. Maps with sections are flattened.
 * Source: ECMA-426.
 * @throws MapTooLargeError, or any other error when it is none.
 */
export function parseSourceMap(
  packed: Uint8Array,
  path: string,
  limits: { mapBytes: number; parsedBytes: number },
): ReadableMap {
  const text = unpack(packed, limits.mapBytes);
  const plain = text.length + countJsonValues(text) * BYTES_PER_JSON_VALUE;
  checkCost(plain, limits.parsedBytes);
  const json = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n?/, "")) as unknown;
  const cost = costOf(json, plain);
  checkCost(cost, limits.parsedBytes);
  const map = new FlattenMap(json as SourceMapInput);
  // The first question decodes the mappings: what is wrong with them is found here.
  traceSegment(map, 0, 0);
  const sourceLines = new Map<number, SourceLines>();
  return { cost, positionOf: (line, column) => findPosition(map, path, sourceLines, line, column) };
}

function checkCost(cost: number, maxBytes: number): void {
  if (cost > maxBytes) throw new MapTooLargeError(`The map needs about ${cost} bytes.`);
}

function unpack(packed: Uint8Array, maxBytes: number): string {
  try {
    return zstdDecompressSync(packed, { maxOutputLength: maxBytes }).toString();
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE")
      throw new MapTooLargeError("The map is too long.");
    throw error;
  }
}

type Fields = Record<string, unknown>;

/** Bytes of memory that a map needs, `plain` of them for what its JSON holds. @throws Error when it is none: its texts must be texts, and sections hold no sections. */
function costOf(json: unknown, plain: number): number {
  const { sections } = json as Fields;
  if (!Array.isArray(sections)) return plain + costOfMappings(json as Fields);
  // The sections' own mappings are copied into one map.
  return sections.reduce<number>(
    (sum, { map, offset }: Fields) => sum + 2 * costOfMappings(map as Fields) + costOfOffset(offset as Fields),
    plain,
  );
}

/** Each line before a section is made, however little stands in it. */
function costOfOffset({ line, column }: Fields): number {
  if (!isCount(line) || !isCount(column)) throw new Error("A section begins nowhere.");
  return line * BYTES_PER_MAPPING_CHARACTER;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function costOfMappings({ mappings, sources, names, sourcesContent, sourceRoot, ...more }: Fields): number {
  const ignored = more["ignoreList"] ?? more["x_google_ignoreList"] ?? [];
  const isSound =
    typeof mappings === "string" &&
    isListOf(sources, isTextOrNull) &&
    isListOf(names ?? [], (name) => typeof name === "string") &&
    isListOf(sourcesContent ?? [], isTextOrNull) &&
    isListOf(ignored, (index) => typeof index === "number") &&
    isTextOrNull(sourceRoot ?? null);
  if (!isSound) throw new Error("The map is none.");
  return mappings.length * BYTES_PER_MAPPING_CHARACTER;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function findPosition(
  map: TraceMap,
  path: string,
  sourceLines: Map<number, SourceLines>,
  line: number,
  column: number,
): SourcePosition | null {
  const segment = line < 1 ? null : traceSegment(map, line - 1, Math.max(0, column - 1));
  if (segment === null || segment.length === 1) return null;
  const [, source, row, start, name] = segment;
  const given = map.sources[source];
  if (given === undefined || given === null || row < 0 || start < 0) return null;
  const file = nameSource(withRoot(given, map.sourceRoot ?? ""), path);
  return {
    file,
    line: row + 1,
    column: start + 1,
    name: (name === undefined ? undefined : map.names[name])?.slice(0, TRUNCATED_LENGTHS.function) ?? null,
    foreign: FOREIGN_SOURCE.test(file) || isIgnored(map, map.resolvedSources[source]!),
    context: linesAround(linesOf(map, source, sourceLines), row),
  };
}

function withRoot(source: string, root: string): string {
  if (root === "" || /^(?:\/|[a-z][a-z0-9+.-]*:)/i.test(source)) return source;
  return `${root.replace(/\/$/, "")}/${source}`;
}

function linesOf(map: TraceMap, source: number, sourceLines: Map<number, SourceLines>): SourceLines | null {
  const content = map.sourcesContent?.[source] ?? null;
  if (content === null) return null;
  const lines = sourceLines.get(source) ?? new SourceLines(content);
  sourceLines.set(source, lines);
  return lines;
}

/** The line numbered `row` from 0, with those around it. */
function linesAround(source: SourceLines | null, row: number): SourceContext | null {
  if (source === null) return null;
  const { sourceLines: around } = TRUNCATED_COUNTS;
  const first = Math.max(0, row - around);
  const lines = source.slice(first, row - first + around + 1, TRUNCATED_LENGTHS.sourceLine).map(cutLine);
  const line = lines[row - first];
  if (line === undefined) return null;
  return { pre: lines.slice(0, row - first), line, post: lines.slice(row - first + 1) };
}

function cutLine(line: string): string {
  return line.replace(/\r$/, "").toWellFormed().replaceAll("\0", "\uFFFD");
}
