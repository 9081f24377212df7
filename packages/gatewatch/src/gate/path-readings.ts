const SLASH = 0x2f;

/** How much of a path is to be read otherwise than it is written: nothing, its case, or more. */
export type PathShape = "plain" | "cased" | "odd";

/** `plain` paths are canonical as they are: in lower case, without escapes, parameters, dot segments, doubled or trailing slashes. */
export function shapeOf(path: string): PathShape {
  if (path.charCodeAt(0) !== SLASH) return "odd";
  const { length } = path;
  let shape: PathShape = "plain";
  let previous = SLASH;
  for (let index = 1; index < length; index++) {
    const code = path.charCodeAt(index);
    if (code >= 0x61 && code <= 0x7a) {
      // Most characters.
    } else if (code === SLASH) {
      if (previous === SLASH) return "odd";
    } else if (code >= 0x41 && code <= 0x5a) shape = "cased";
    else if (code === 0x2e) {
      if (previous === SLASH && isDots(path, index)) return "odd";
    } else if (code === 0x25 || code === 0x23 || code === 0x3b || code === 0x5c || code <= 0x20 || code > 0x7e) {
      return "odd";
    }
    previous = code;
  }
  return previous !== SLASH || length === 1 ? shape : "odd";
}

/** Whether one or two dots are the whole segment that begins here. */
function isDots(path: string, start: number): boolean {
  const end = path.charCodeAt(start + 1) === 0x2e ? start + 2 : start + 1;
  return end >= path.length || path.charCodeAt(end) === SLASH;
}

/**
 * The one spelling of all that RFC 3986, section 6.2, and the usual routers take for the same: without the origin and the fragment of the
 * target, without case, with no character escaped that need not be, without dot segments, doubled and trailing slashes.
 */
export function canonicalPath(path: string): string {
  return readingsOf(path)[0]!;
}

let lastPath = "/";
let lastReadings: readonly string[] = ["/"];

/**
 * All that routers, proxies and parsers of addresses may take a path for, the canonical spelling first: with dot segments resolved or not,
 * escaped and backward slashes being slashes or not, `;` beginning nothing, a segment's parameters, or a query, `//` beginning a path or a host.
 * At most 24, and seldom more than one.
 */
export function readingsOf(path: string): readonly string[] {
  const shape = shapeOf(path);
  if (shape === "plain") return [path];
  // Several tables look for the same request.
  if (path === lastPath) return lastReadings;
  const readings = shape === "cased" ? [path.toLowerCase()] : readOdd(path);
  lastPath = path;
  lastReadings = readings;
  return readings;
}

function readOdd(target: string): readonly string[] {
  const folded = foldPath(target);
  const readings = new Set<string>();
  const slashed = folded.replaceAll(/%(?:2f|5c)/g, "/");
  for (const whole of new Set([folded, slashed])) {
    add(readings, whole);
    // `new URL(target, base)` takes what follows two slashes for a host.
    if (whole.startsWith("//")) add(readings, whole.replace(/^\/+[^/]*/, ""));
  }
  return [...readings];
}

function add(readings: Set<string>, path: string): void {
  addResolved(readings, path);
  if (!path.includes(";") && !path.includes("%3b")) return;
  addResolved(readings, path.replaceAll(/(?:;|%3b)[^/]*/g, ""));
  addResolved(readings, path.replace(/(?:;|%3b).*/, ""));
}

function addResolved(readings: Set<string>, path: string): void {
  const segments = path.split("/").filter((segment) => segment !== "");
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === "..") resolved.pop();
    else if (segment !== ".") resolved.push(segment);
  }
  readings.add(`/${resolved.join("/")}`);
  readings.add(`/${segments.join("/")}`);
}

/** Without origin and fragment, in lower case, escaped only where it must be. */
export function foldPath(target: string): string {
  let path = target;
  if (!path.startsWith("/")) {
    path = path.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, "");
    if (!path.startsWith("/")) path = `/${path}`;
  }
  const fragment = path.indexOf("#");
  if (fragment !== -1) path = path.slice(0, fragment);
  return path
    .replaceAll(/%(?![\da-f]{2})/gi, "%25")
    .replaceAll(/[^\u0021-\u007e]|\\/gu, escape)
    .replaceAll(/%([\da-f]{2})/gi, unescapeAscii)
    .replaceAll(/(?:%[89a-f][\da-f])+/g, foldLetters)
    .toLowerCase();
}

/** What Node hands on has a character for each byte; what a parser of addresses has made may have others. */
function escape(char: string): string {
  const code = char.codePointAt(0)!;
  return code > 0xff ? encodeURIComponent(char.toWellFormed()) : `%${code.toString(16).padStart(2, "0")}`;
}

/** Escapes of printable characters are taken away; not of those that would then mean something else. */
function unescapeAscii(escaped: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  if (code <= 0x20 || code > 0x7e) return escaped.toLowerCase();
  const char = String.fromCharCode(code);
  return "%/\\;?#".includes(char) ? escaped.toLowerCase() : char;
}

/** Routers that heed no case do so after decoding. */
function foldLetters(escapes: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(escapes).toLowerCase()).toLowerCase();
  } catch {
    return escapes;
  }
}
