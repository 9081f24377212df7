import { readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { SourceContext } from "@gatewatch/protocol";

/** Source lines around a place, from files that are read once and kept. */
export interface SourceReader {
  /** Reads from the disk when needed; undefined when there is no such line. */
  around(path: string, line: number): Promise<SourceContext | undefined>;
  /** The same without waiting, for a process that is about to end. */
  aroundSync(path: string, line: number): SourceContext | undefined;
}

export interface SourceReaderOptions {
  /** @default 50 */
  maxFiles?: number;
  /** Larger files are not read. @default 1_048_576 */
  maxFileBytes?: number;
}

const LINES_AROUND = 2;
const MAX_LINE_CHARACTERS = 300;

/** Least recently used files go first. */
export function createSourceReader({
  maxFiles = 50,
  maxFileBytes = 1024 * 1024,
}: SourceReaderOptions = {}): SourceReader {
  const files = new Map<string, Promise<string[]> | string[]>();

  function keep(path: string, lines: Promise<string[]> | string[]): void {
    files.delete(path);
    files.set(path, lines);
    for (const oldest of files.keys()) {
      if (files.size <= maxFiles) break;
      files.delete(oldest);
    }
  }

  async function load(path: string): Promise<string[]> {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      return size > maxFileBytes ? [] : (await file.readFile("utf8")).split("\n");
    } finally {
      await file.close();
    }
  }

  return {
    async around(path, line) {
      const known = files.get(path) ?? load(path).catch(() => []);
      keep(path, known);
      const lines = await known;
      if (files.get(path) === known) files.set(path, lines);
      return cut(lines, line);
    },
    aroundSync(path, line) {
      const known = files.get(path);
      if (Array.isArray(known)) return cut(known, line);
      try {
        const lines = statSync(path).size > maxFileBytes ? [] : readFileSync(path, "utf8").split("\n");
        keep(path, lines);
        return cut(lines, line);
      } catch {
        return undefined;
      }
    },
  };
}

function cut(lines: readonly string[], line: number): SourceContext | undefined {
  const text = lines[line - 1];
  if (text === undefined) return undefined;
  return {
    pre: lines.slice(Math.max(0, line - 1 - LINES_AROUND), line - 1).map(clip),
    line: clip(text),
    post: lines.slice(line, line + LINES_AROUND).map(clip),
  };
}

function clip(line: string): string {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)}…` : text;
}
