import { WIRE_LIMITS, type ExceptionInfo, type StackFrame } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { DescribedError } from "./describe-error.ts";
import { locateFrame, type LocateOptions } from "./locate-frame.ts";
import { parseStack, type StackLine } from "./parse-stack.ts";

/** A frame that still lacks its source lines. */
export interface WantedSource {
  frame: StackFrame;
  path: string;
  line: number;
}

const MAX_SOURCES = 40;
const MAX_RAW_STACK = 32_768;

/** Redacted exceptions, and the frames of the app's own code whose source is still to be read. */
export function buildExceptions(
  errors: readonly DescribedError[],
  redactor: Redactor,
  options: LocateOptions,
): { exceptions: ExceptionInfo[]; wanted: WantedSource[] } {
  const wanted: WantedSource[] = [];
  const exceptions = errors.map((error): ExceptionInfo => {
    const info: ExceptionInfo = {
      type: redactor.redactText(error.type),
      message: redactor.redactText(error.message),
      frames: [],
    };
    if (error.code !== undefined) info.code = redactor.redactText(error.code);
    if (error.parent !== undefined) info.parent = error.parent;
    if (error.relation !== undefined) info.relation = error.relation;
    const lines = error.stack === undefined ? [] : parseStack(error.stack, error.message);
    for (const line of cutMiddle(lines)) {
      const { frame, sourcePath } = locateFrame(line, options);
      if (frame.function !== undefined) frame.function = redactor.redactText(frame.function);
      if (frame.file.includes("://")) frame.file = redactor.redactUrl(frame.file);
      if (sourcePath !== undefined && frame.line !== undefined && wanted.length < MAX_SOURCES) {
        wanted.push({ frame, path: sourcePath, line: frame.line });
      }
      info.frames.push(frame);
    }
    const isUnread = info.frames.length === 0 && error.stack !== undefined && error.stack !== "";
    if (isUnread) info.rawStack = redactor.redactText(String(error.stack).slice(0, MAX_RAW_STACK));
    return info;
  });
  return { exceptions, wanted };
}

/** Endless recursion fills the middle; both ends tell more. */
function cutMiddle(lines: readonly StackLine[]): readonly StackLine[] {
  const half = WIRE_LIMITS.maxFrames / 2;
  return lines.length <= WIRE_LIMITS.maxFrames ? lines : [...lines.slice(0, half), ...lines.slice(-half)];
}
