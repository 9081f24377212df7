import { normalisePath } from "../normalise-path.ts";

interface Entry<T> {
  method: string | undefined;
  value: T;
}

interface Pattern<T> extends Entry<T> {
  /** Segments between slashes; undefined stands for any one. */
  segments: (string | undefined)[];
  /** Whether any rest may follow. */
  isOpen: boolean;
}

/**
 * Values by method and path. Exact paths come before patterns, patterns with more fixed segments before those with fewer; an entry that
 * names the method comes before one that names none. `GET` covers HEAD.
 */
export class LimitRoutes<T> {
  readonly #exact = new Map<string, Entry<T>[]>();
  readonly #patterns: Pattern<T>[] = [];
  readonly size: number;

  /** Routes as `POST /login`, `/users/:id`, `/api/*`. */
  constructor(entries: Iterable<readonly [route: string, value: T]>) {
    let size = 0;
    for (const [route, value] of entries) {
      size++;
      const space = route.indexOf(" ");
      const method = space === -1 ? undefined : route.slice(0, space);
      const path = normalisePath(route.slice(space + 1));
      if (path.includes("*") || path.includes("/:")) this.#patterns.push(toPattern(path, method, value));
      else this.#exact.set(path, [...(this.#exact.get(path) ?? []), { method, value }]);
    }
    this.size = size;
    for (const list of this.#exact.values()) list.sort(byMethod);
    this.#patterns.sort((a, b) => rank(b) - rank(a) || byMethod(a, b));
  }

  find(method: string, path: string): T | undefined {
    if (this.size === 0) return undefined;
    const wanted = method === "HEAD" ? "GET" : method;
    const normal = normalisePath(path);
    const exact = this.#exact.get(normal);
    if (exact !== undefined) for (const entry of exact) if (fits(entry, wanted)) return entry.value;
    if (this.#patterns.length === 0) return undefined;
    const segments = normal.split("/");
    for (const pattern of this.#patterns) if (fits(pattern, wanted) && covers(pattern, segments)) return pattern.value;
    return undefined;
  }
}

function toPattern<T>(path: string, method: string | undefined, value: T): Pattern<T> {
  const isOpen = path.endsWith("*");
  const parts = (isOpen ? path.slice(0, -1) : path).split("/");
  return { method, value, isOpen, segments: parts.map((part) => (part.startsWith(":") ? undefined : part)) };
}

/** The last segment of an open pattern is the beginning of one. */
function covers<T>({ segments, isOpen }: Pattern<T>, path: readonly string[]): boolean {
  if (isOpen) {
    const last = segments.length - 1;
    // `/api/*` is meant for `/api` too.
    if (segments[last] === "" && path.length === last) return sameUntil(segments, path, last);
    return path.length > last && sameUntil(segments, path, last) && path[last]!.startsWith(segments[last] ?? "");
  }
  return segments.length === path.length && sameUntil(segments, path, segments.length);
}

function sameUntil(segments: readonly (string | undefined)[], path: readonly string[], end: number): boolean {
  for (let index = 0; index < end; index++) {
    const wanted = segments[index];
    if (wanted === undefined ? path[index] === "" : wanted !== path[index]) return false;
  }
  return true;
}

function fits<T>({ method }: Entry<T>, wanted: string): boolean {
  return method === undefined || method === wanted || (method === "HEAD" && wanted === "GET");
}

function rank<T>({ segments, isOpen }: Pattern<T>): number {
  const fixed = segments.filter((segment) => segment !== undefined).join("/").length;
  return fixed * 4 + segments.length * 2 + (isOpen ? 0 : 1);
}

function byMethod<T>(a: Entry<T>, b: Entry<T>): number {
  return Number(a.method === undefined) - Number(b.method === undefined);
}
