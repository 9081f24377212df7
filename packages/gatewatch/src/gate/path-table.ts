import { fitsPattern, parsePathPattern, type PathPattern, type SegmentPattern } from "./path-pattern.ts";
import { canonicalPath, foldPath, readingsOf, shapeOf } from "./path-readings.ts";

/**
 * Decides where the readings of a path find different values: first what is found for the path as it is written, then for its canonical
 * spelling, then for the others.
 */
export type Settle<T> = (found: readonly (T | undefined)[]) => T | undefined;

/** For rules that protect: none is dodged by another spelling. */
export function settleByAny<T>(found: readonly (T | undefined)[]): T | undefined {
  return found[1] ?? found.find((value) => value !== undefined);
}

/** For rules that exempt: no spelling that may mean something else is exempt. */
export function settleByAll<T>(): T | undefined {
  return undefined;
}

/** For rules that neither protect nor exempt. */
export function settleByCanonical<T>(found: readonly (T | undefined)[]): T | undefined {
  return found[1];
}

/** Values by method and path; for the language see docs/paths.md. */
export class PathTable<T> {
  readonly size: number;
  /** Of the patterns as they are written. */
  readonly #written: PathIndex<T>;
  /** Of their canonical spelling; the same one where they are canonical. */
  readonly #folded: PathIndex<T>;
  readonly #settle: Settle<T>;

  /** Takes checked patterns. */
  constructor(entries: Iterable<readonly [pattern: string, value: T]>, settle: Settle<T>) {
    const written = [...entries].map(([pattern, value]): Entry<T> => ({ ...parsePathPattern(pattern), value }));
    const folded = written.map((entry) => foldEntry(entry));
    this.size = written.length;
    this.#folded = new PathIndex(folded);
    this.#written = written.every((entry, index) => isSame(entry, folded[index]!))
      ? this.#folded
      : new PathIndex(written);
    this.#settle = settle;
  }

  find(method: string, path: string): T | undefined {
    if (this.size === 0) return undefined;
    const written = this.#written.find(method, path);
    if (shapeOf(path) === "plain") {
      if (this.#written === this.#folded) return written;
      const folded = this.#folded.find(method, path);
      return folded === written ? folded : this.#settle([written, folded]);
    }
    const readings = readingsOf(path);
    const found = readings.map((reading) => this.#folded.find(method, reading));
    return found.every((value) => value === written) ? written : this.#settle([written, ...found]);
  }
}

/** Whether a request comes under rules that protect; undefined when there are none. */
export function compileWatched(patterns: readonly string[]): ((method: string, path: string) => boolean) | undefined {
  return compileTest(patterns, settleByAny);
}

/** Whether a request is exempt by rules; undefined when there are none. */
export function compileSkipped(patterns: readonly string[]): ((method: string, path: string) => boolean) | undefined {
  return compileTest(patterns, settleByAll);
}

function compileTest(
  patterns: readonly string[],
  settle: Settle<true>,
): ((method: string, path: string) => boolean) | undefined {
  if (patterns.length === 0) return undefined;
  const table = new PathTable<true>(
    patterns.map((pattern) => [pattern, true] as const),
    settle,
  );
  return (method, path) => table.find(method, path) === true;
}

interface Entry<T> extends PathPattern {
  value: T;
}

/**
 * Exact paths come before patterns, patterns with more fixed characters before those with fewer; an entry that names the method comes before one
 * that names none. `GET` covers HEAD.
 */
class PathIndex<T> {
  readonly #exact = new Map<string, Entry<T>[]>();
  readonly #patterns: Entry<T>[];

  constructor(entries: readonly Entry<T>[]) {
    for (const entry of entries) {
      if (entry.exact === undefined) continue;
      const others = this.#exact.get(entry.exact);
      if (others === undefined) this.#exact.set(entry.exact, [entry]);
      else others.push(entry);
    }
    for (const list of this.#exact.values()) list.sort(byMethod);
    this.#patterns = entries.filter(({ exact }) => exact === undefined);
    this.#patterns.sort((a, b) => rank(b) - rank(a) || byMethod(a, b));
  }

  find(method: string, path: string): T | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) for (const entry of exact) if (covers(entry, method)) return entry.value;
    for (const entry of this.#patterns) if (covers(entry, method) && fitsPattern(entry, path)) return entry.value;
    return undefined;
  }
}

function covers({ method }: PathPattern, wanted: string): boolean {
  return method === undefined || method === wanted || (method === "GET" && wanted === "HEAD");
}

function byMethod(a: PathPattern, b: PathPattern): number {
  return methodRank(a) - methodRank(b);
}

function methodRank({ method }: PathPattern): number {
  if (method === undefined) return 2;
  return method === "GET" ? 1 : 0;
}

function rank({ segments, rest, tail }: PathPattern): number {
  const all = [...segments, ...(tail ?? [])];
  const texts = all.map(({ before, after = "" }) => before + after);
  const fixed = [...texts.filter((text) => text !== ""), ...(rest === undefined ? [] : [rest])].join("/").length;
  const isClosed = rest === undefined && tail === undefined;
  return fixed * 4 + (all.length + (rest === undefined ? 0 : 1)) * 2 + (isClosed ? 1 : 0);
}

function foldEntry<T>(entry: Entry<T>): Entry<T> {
  const { exact, segments, rest, tail } = entry;
  return {
    ...entry,
    exact: exact === undefined ? undefined : canonicalPath(exact),
    segments: segments.map(foldSegment).filter(({ before, after }) => before !== "" || after !== undefined),
    rest: rest === undefined ? undefined : foldText(rest),
    tail: tail?.map(foldSegment),
  };
}

function foldSegment({ before, after }: SegmentPattern): SegmentPattern {
  return { before: foldText(before), after: after === undefined ? undefined : foldText(after) };
}

function foldText(text: string): string {
  return foldPath(`/${text}`).slice(1);
}

function isSame<T>(a: Entry<T>, b: Entry<T>): boolean {
  return JSON.stringify({ ...a, value: 0 }) === JSON.stringify({ ...b, value: 0 });
}
