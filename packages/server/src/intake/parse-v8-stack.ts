import type { StackFrame } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText } from "./clean-text.ts";
import type { TracebackException } from "./parse-python-traceback.ts";

/** Longer lines are no frames; the bound keeps hostile ones cheap. */
const MAX_LINE = 2_000;
const FRAME = /^\s+at (?:async )?(\S.*)$/;
const PLACE = /^(.+?)(?::(\d{1,9})(?::(\d{1,9}))?)?$/;
const LINK = /^\s*(?:Caused by|Member|\[cause\]): /;
const HEAD = /^(?:Uncaught )?([A-Za-z_$][\w$.]*)(?: \[\w+\])?(?:: (.*))?$/;
const LIBRARY = /(?:^|[\\/])node_modules[\\/]|^node:|^<|^native$|^internal\//;

/** The exceptions of a stack as V8 prints it, the caught one first, then what it came from. Empty when there are no frames. */
export function parseV8Stack(text: string): TracebackException[] {
  const exceptions: TracebackException[] = [];
  let current = start("");
  for (const line of text.split(/\r?\n/)) {
    const frame = tryParseFrame(line);
    if (frame !== undefined) {
      if (current.frames.length === 0) exceptions.push(current);
      current.frames.push(frame);
    } else if (current.frames.length > 0 && LINK.test(line)) current = start(line.replace(LINK, ""));
    else if (current.frames.length === 0 && current.type === null) current = start(line);
    else if (current.frames.length === 0) current.message += `\n${line}`;
  }
  return exceptions;
}

function start(line: string): TracebackException {
  const head = line.length > MAX_LINE ? null : HEAD.exec(line);
  return { type: head?.[1] ?? null, module: null, message: head === null ? line : (head[2] ?? ""), frames: [] };
}

function tryParseFrame(line: string): StackFrame | undefined {
  const found = line.length > MAX_LINE ? undefined : FRAME.exec(line)?.[1];
  if (found === undefined) return undefined;
  const open = found.endsWith(")") ? found.lastIndexOf(" (") : -1;
  const [, file = "", row, column] = PLACE.exec(open === -1 ? found : found.slice(open + 2, -1)) ?? [];
  const frame: StackFrame = { file: cutText(file, TRUNCATED_LENGTHS.file), inApp: !LIBRARY.test(file) };
  if (open > 0) frame.function = cutText(found.slice(0, open), TRUNCATED_LENGTHS.function);
  if (row !== undefined) frame.line = Number(row);
  if (column !== undefined) frame.column = Number(column);
  return frame;
}
