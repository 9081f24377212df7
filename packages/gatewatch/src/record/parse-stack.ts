/** One line of a V8 stack. */
export interface StackLine {
  function?: string;
  /** As printed: a path, a `file:` or other address, `node:…`, `native`, `<anonymous>`. */
  location: string;
  line?: number;
  column?: number;
  /** The code was made by `eval` or `new Function`; the place is the caller's. */
  isEval: boolean;
}

const MAX_STACK_CHARACTERS = 256 * 1024;
const MAX_LINE_CHARACTERS = 4_096;
const AT = /^\s*at /;

/**
 * Reads the frames of an `Error.stack` as V8 prints it, the throw site first.
 * `message` is skipped where it stands in the head, so that a message cannot forge frames.
 */
export function parseStack(stack: string, message = ""): StackLine[] {
  const text = stack.length > MAX_STACK_CHARACTERS ? stack.slice(0, MAX_STACK_CHARACTERS) : stack;
  const head = message === "" ? -1 : text.indexOf(message);
  const firstFrame = text.search(/^\s*at /m);
  const start = head >= 0 && (firstFrame < 0 || head <= firstFrame) ? head + message.length : 0;
  const lines: StackLine[] = [];
  for (const line of text.slice(start).split("\n")) {
    const parsed = line.length > MAX_LINE_CHARACTERS || !AT.test(line) ? undefined : tryParseLine(line.trim().slice(3));
    if (parsed !== undefined) lines.push(parsed);
  }
  return lines;
}

function tryParseLine(text: string): StackLine | undefined {
  const rest = text.startsWith("async ") ? text.slice(6) : text;
  if (!rest.endsWith(")")) return { ...parseLocation(rest), isEval: false };
  const open = findOpening(rest);
  if (open < 0) return undefined;
  const place = rest.slice(open + 1, -1);
  const name = rest.slice(0, open).trim();
  const evalFrame = place.startsWith("eval at ") ? tryParseEval(place) : undefined;
  const where = evalFrame ?? { ...parseLocation(place), isEval: false };
  return name === "" ? where : { function: name, ...where };
}

/** Position of the bracket that the last one closes: paths may hold brackets themselves. */
function findOpening(text: string): number {
  let depth = 0;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    const char = text[index];
    if (char === ")") depth += 1;
    if (char === "(") depth -= 1;
    if (depth === 0) return index === 0 || text[index - 1] === " " ? index : tryEarlierOpening(text);
  }
  return tryEarlierOpening(text);
}

/** A path with unbalanced brackets: the place begins at the first bracket after a space. */
function tryEarlierOpening(text: string): number {
  const index = text.indexOf(" (");
  return index < 0 ? -1 : index + 1;
}

/** `eval at f (file:1:2), <anonymous>:3:4`: only the caller's place is a file. */
function tryParseEval(place: string): StackLine | undefined {
  const end = place.lastIndexOf("), ");
  const start = place.lastIndexOf("(", end);
  return end < 0 || start < 0 ? undefined : { ...parseLocation(place.slice(start + 1, end)), isEval: true };
}

function parseLocation(text: string): Omit<StackLine, "isEval"> {
  const last = cutNumber(text);
  if (last === undefined) return { location: text };
  const first = cutNumber(last.rest);
  if (first === undefined) return { location: last.rest, line: last.number };
  return { location: first.rest, line: first.number, column: last.number };
}

function cutNumber(text: string): { rest: string; number: number } | undefined {
  const colon = text.lastIndexOf(":");
  const digits = text.slice(colon + 1);
  if (colon < 1 || digits.length === 0 || digits.length > 9 || !/^\d+$/.test(digits)) return undefined;
  return { rest: text.slice(0, colon), number: Number(digits) };
}
