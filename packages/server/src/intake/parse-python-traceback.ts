import type { StackFrame } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText } from "./clean-text.ts";

/** One exception of a traceback. */
export interface TracebackException {
  /** Null when the text ends before its exception line. */
  type: string | null;
  /** The dotted module before the type's name. */
  module: string | null;
  message: string;
  /** The throw site first. */
  frames: StackFrame[];
}

const FRAME = /^\s+File "(.*)", line (\d{1,9})(?:, in (.*))?$/;
const MARKERS = /^[\s~^]+$/;
const REPEATED = /^\s+\[Previous line repeated \d+ more times?\]$/;
const EXCEPTION = /^([A-Za-z_][\w.]*)(?:: ?(.*))?$/;
const START = /^\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):$/;
const LINKS = new Set([
  "During handling of the above exception, another exception occurred:",
  "The above exception was the direct cause of the following exception:",
]);
const LIBRARY =
  /(?:^|[\\/])(?:site-packages|dist-packages)[\\/]|[\\/]lib(?:64)?[\\/]python\d|[\\/]Python\d+[\\/]Lib[\\/]|^</i;

/**
 * The exceptions of a traceback as Python's `traceback` module prints it, the one that was raised last first, then what it came from.
 * Also takes bare frame lines (`format_tb`). Empty when there are no frames.
 */
export function parsePythonTraceback(text: string): TracebackException[] {
  const exceptions: TracebackException[] = [];
  let current: TracebackException | undefined;
  let readsMessage = false;
  for (const raw of text.split("\n")) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (isHead(line)) {
      current = undefined;
      readsMessage = false;
      continue;
    }
    const frame = FRAME.exec(line);
    if (frame !== null && !readsMessage) {
      if (current === undefined) exceptions.push((current = { type: null, module: null, message: "", frames: [] }));
      current.frames.push(toFrame(frame));
    } else if (current !== undefined) readsMessage = readLine(line, current, readsMessage);
  }
  for (const exception of exceptions) {
    exception.frames.reverse();
    exception.message = exception.message.trimEnd();
  }
  return exceptions.toReversed();
}

/** Begins an exception, or tells of the next one. */
function isHead(line: string): boolean {
  // Few lines end like that, and the rest need not be looked at.
  return line.trimEnd().endsWith(":") && (START.test(line) || LINKS.has(line.trim()));
}

/** Returns whether the lines that follow belong to the message. */
function readLine(line: string, current: TracebackException, readsMessage: boolean): boolean {
  if (readsMessage) {
    current.message += `\n${line}`;
    return true;
  }
  if (MARKERS.test(line) || REPEATED.test(line) || line === "") return false;
  const frame = current.frames.at(-1);
  if (/^\s/.test(line)) {
    if (frame !== undefined && frame.context === undefined)
      frame.context = { pre: [], line: cutText(line.trim(), TRUNCATED_LENGTHS.sourceLine), post: [] };
    return false;
  }
  const exception = EXCEPTION.exec(line);
  const name = exception?.[1] ?? "Exception";
  const dot = name.lastIndexOf(".");
  current.type = name.slice(dot + 1);
  current.module = dot === -1 ? null : name.slice(0, dot);
  current.message = exception === null ? line : (exception[2] ?? "");
  return true;
}

function toFrame(match: RegExpExecArray): StackFrame {
  const file = match[1]!;
  const frame: StackFrame = {
    file: cutText(file, TRUNCATED_LENGTHS.file),
    line: Number(match[2]),
    inApp: !LIBRARY.test(file),
  };
  const name = match[3];
  if (name !== undefined && name !== "<module>") frame.function = cutText(name, TRUNCATED_LENGTHS.function);
  return frame;
}
