/** One segment: a text, or what stands before and after any text. */
export interface SegmentPattern {
  before: string;
  /** Undefined: `before` is the whole segment. */
  after: string | undefined;
}

/** A rule's path in pieces; see docs/paths.md for the language. */
export interface PathPattern {
  /** Undefined: any. */
  method: string | undefined;
  /** The path itself where nothing in it stands for something else. */
  exact: string | undefined;
  segments: readonly SegmentPattern[];
  /** How the next segment begins where any rest may follow; undefined: nothing may follow. */
  rest: string | undefined;
  /** Segments before which any number of others may stand. */
  tail: readonly SegmentPattern[] | undefined;
}

const METHOD_AND_PATH = /^(?:([\w!#$%&'*+.^`|~-]{1,30})\s+)?(\/[\u0021-\u007e]*)$/;
const PARAMETER = /^:[A-Za-z_]\w*$/;

/** The pattern as it is kept: `GET /users/:id`. @throws TypeError when it can match no path, or is not written in the language. */
export function checkPathPattern(pattern: unknown): string {
  const text = typeof pattern === "string" ? pattern.trim() : "";
  const [, method, path] = METHOD_AND_PATH.exec(text) ?? [];
  const refuse = (reason: string): never => {
    throw new TypeError(`${JSON.stringify(pattern) ?? typeof pattern} ${reason}`);
  };
  if (path === undefined) {
    return refuse(
      'is no path; paths begin with "/" ("/**" stands for any beginning), are percent-encoded, and may have a method before them',
    );
  }
  if (path.includes("?") || path.includes("#")) refuse("has a query or a fragment, which no path has");
  if (/%(?![\da-f]{2})/i.test(path)) refuse('has a "%" that begins no percent-encoding');
  if (/\/\.{1,2}(?:\/|$)/.test(path)) refuse("has a segment of dots, which no path has when it is resolved");
  const segments = path.slice(1).split("/");
  const last = segments.length - 1;
  let gaps = 0;
  for (const [index, segment] of segments.entries()) {
    const stars = segment.split("*").length - 1;
    if (segment === "**" && index < last) gaps++;
    const most = segment === "**" || (index === last && segment.endsWith("**")) ? 2 : 1;
    if (stars > most) refuse(`has more than one "*" in the segment ${JSON.stringify(segment)}`);
    if (segment.startsWith(":") && !PARAMETER.test(segment)) {
      refuse(
        `has the segment ${JSON.stringify(segment)}; a parameter is all of its segment, and %3A begins one with a colon`,
      );
    }
  }
  if (gaps > 1) refuse('has more than one "**" before its end');
  return method === undefined ? path : `${method.toUpperCase()} ${path}`;
}

/** The pieces of a checked pattern. */
export function parsePathPattern(pattern: string): PathPattern {
  const space = pattern.indexOf(" ");
  const method = space === -1 ? undefined : pattern.slice(0, space);
  const path = pattern.slice(space + 1);
  if (!path.includes("*") && !path.includes("/:")) {
    return { method, exact: path, segments: [], rest: undefined, tail: undefined };
  }
  const segments = path.slice(1).split("/");
  const last = segments.at(-1)!;
  const gap = segments.indexOf("**");
  const rest = last.endsWith("*") ? last.replace(/\*+$/, "") : undefined;
  const closed = (rest === undefined ? segments : segments.slice(0, -1)).map((segment) => parseSegment(segment));
  if (gap === -1 || gap === segments.length - 1) {
    return { method, exact: undefined, segments: closed, rest, tail: undefined };
  }
  return { method, exact: undefined, segments: closed.slice(0, gap), rest, tail: closed.slice(gap + 1) };
}

function parseSegment(segment: string): SegmentPattern {
  if (segment.startsWith(":")) return { before: "", after: "" };
  const star = segment.indexOf("*");
  if (star === -1) return { before: segment, after: undefined };
  return { before: segment.slice(0, star), after: segment.slice(star + 1) };
}

/** Whether a path fits; without allocating, since many requests ask. */
export function fitsPattern({ segments, rest, tail }: PathPattern, path: string): boolean {
  const at = passSegments(segments, path, 0);
  if (at === -1) return false;
  if (tail === undefined) return fitsRest(rest, path, at);
  if (rest === undefined) return fitsEnd(tail, path, at);
  for (let from = at; from !== -1; from = path.indexOf("/", from + 1)) {
    const end = passSegments(tail, path, from);
    if (end !== -1 && fitsRest(rest, path, end)) return true;
  }
  return false;
}

const SLASH = 0x2f;

/** Where the segments that begin at `from` end; -1 when they do not fit. */
function passSegments(segments: readonly SegmentPattern[], path: string, from: number): number {
  let at = from;
  for (let index = 0; index < segments.length; index++) {
    if (path.charCodeAt(at) !== SLASH) return -1;
    const next = path.indexOf("/", at + 1);
    const end = next === -1 ? path.length : next;
    if (!fitsSegment(segments[index]!, path, at + 1, end)) return -1;
    at = end;
  }
  return at;
}

function fitsRest(rest: string | undefined, path: string, at: number): boolean {
  if (rest === undefined) return at === path.length;
  // `/api/*` is meant for `/api` too.
  if (at === path.length) return rest === "" && at > 0;
  return path.charCodeAt(at) === SLASH && path.startsWith(rest, at + 1);
}

function fitsEnd(tail: readonly SegmentPattern[], path: string, from: number): boolean {
  let end = path.length;
  for (let index = tail.length - 1; index >= 0; index--) {
    const slash = end === 0 ? -1 : path.lastIndexOf("/", end - 1);
    if (slash < from || !fitsSegment(tail[index]!, path, slash + 1, end)) return false;
    end = slash;
  }
  return true;
}

function fitsSegment({ before, after }: SegmentPattern, path: string, start: number, end: number): boolean {
  if (after === undefined) return end - start === before.length && path.startsWith(before, start);
  // A parameter is never empty.
  if (end === start || end - start < before.length + after.length) return false;
  return path.startsWith(before, start) && path.startsWith(after, end - after.length);
}
