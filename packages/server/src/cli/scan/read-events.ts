import { parse } from "csv-parse";
import { CommandError } from "../command.ts";
import { fromJson, fromRow, guessFormat, LINE_FORMATS, type ScannedEvent } from "./scan-format.ts";
import { type Line, splitLines } from "./split-lines.ts";

export const FORMAT_NAMES: readonly string[] = [...LINE_FORMATS.map(({ name }) => name), "json", "csv"];

/** An event, and the line or element that it came from. */
export interface ReadEvent extends ScannedEvent {
  number: number;
}

export interface ReadResult {
  /** Lines that are not of the format. */
  unread: number;
  /** A format that would have suited better, told once. */
  hint: string | null;
}

const MAX_JSON_BYTES = 256 * 1024 * 1024;
const GUESS_LINES = 50;

/** Turns text into events. `result` is filled on the way. @throws CommandError where the text as a whole is not of the format */
export function readEvents(
  chunks: AsyncIterable<Buffer>,
  format: string,
  minLineLength: number,
  result: ReadResult,
): AsyncIterable<ReadEvent> {
  if (format === "json") return readJson(chunks);
  if (format === "csv") return readCsv(chunks);
  return readLines(chunks, format, minLineLength, result);
}

async function* readLines(
  chunks: AsyncIterable<Buffer>,
  name: string,
  minLineLength: number,
  result: ReadResult,
): AsyncIterable<ReadEvent> {
  const format = LINE_FORMATS.find((candidate) => candidate.name === name)!;
  const first: string[] = [];
  for await (const { text, number } of splitLines(chunks) as AsyncIterable<Line>) {
    if (text.trim().length < minLineLength) continue;
    if (name === "raw" && first.length < GUESS_LINES && first.push(text) === GUESS_LINES)
      result.hint = guessFormat(first);
    const scanned = format.parse(text);
    if (scanned === null) result.unread++;
    else yield { ...scanned, number };
  }
}

async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncIterable<ReadEvent> {
  const { Readable } = await import("node:stream");
  const parser = parse({
    columns: (heading: string[]) => heading.map((cell, index) => cell.trim() || `column_${index + 1}`),
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: 1024 * 1024,
  });
  const rows = Readable.from(chunks).compose(parser);
  let number = 1;
  try {
    for await (const row of rows as AsyncIterable<Record<string, string>>) yield { ...fromRow(row), number: ++number };
  } catch (error) {
    throw new CommandError(`This is not CSV: ${(error as Error).message}`, { cause: error });
  }
}

async function* readJson(chunks: AsyncIterable<Buffer>): AsyncIterable<ReadEvent> {
  const held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES)
      throw new CommandError("This JSON text is larger than 256 MB; write one event a line and use --format ndjson.");
    held.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(held).toString("utf8"));
  } catch (error) {
    throw new CommandError(
      `This is not one JSON text: ${(error as Error).message}. For one event a line use --format ndjson.`,
      { cause: error },
    );
  }
  const list = Array.isArray(value) ? value : eventsOf(value);
  for (const [index, item] of list.entries()) yield { ...fromJson(item), number: index + 1 };
}

/** `{ "events": [ … ] }`, as detection servers take them, or one event. */
function eventsOf(value: unknown): unknown[] {
  const events = (value as { events?: unknown } | null)?.events;
  return Array.isArray(events) ? events : [value];
}
