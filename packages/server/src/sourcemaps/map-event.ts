import type { ErrorEvent, ExceptionInfo, StackFrame, UnmappedReason } from "@gatewatch/protocol";
import { nameFunction } from "./name-function.ts";
import type { SourcePosition } from "./parse-source-map.ts";

/** Where a frame stands in the source, why nobody knows, or null: it is no frame of a generated script. */
export type Located = SourcePosition | UnmappedReason | null;

/** Source that one event takes along; an endless recursion has hundreds of frames. */
const MAX_CONTEXT_CHARACTERS = 256 * 1024;

/** The event with its frames where the source has them; the event itself when no frame changes. */
export function mapEvent(event: ErrorEvent, locate: (frame: StackFrame) => Located): ErrorEvent {
  let left = MAX_CONTEXT_CHARACTERS;
  let changed = false;
  const exceptions = event.exceptions.map((exception): ExceptionInfo => {
    const located = exception.frames.map(locate);
    if (located.every((place) => place === null)) return exception;
    changed = true;
    const frames = exception.frames.map((frame, index) => {
      const place = located[index]!;
      if (place === null) return frame;
      if (typeof place === "string") return { ...frame, unmapped: place };
      const mapped = moveFrame(frame, place, located[index + 1]);
      left -= sizeOf(mapped);
      if (left < 0) delete mapped.context;
      return mapped;
    });
    return { ...exception, frames };
  });
  return changed ? { ...event, exceptions } : event;
}

function moveFrame(frame: StackFrame, place: SourcePosition, caller: Located | undefined): StackFrame {
  const { function: given, context: _generated, ...rest } = frame;
  const { file, line, column } = place;
  const moved: StackFrame = {
    ...rest,
    file,
    line,
    column,
    inApp: frame.inApp && !place.foreign,
    generated: placeOf(frame),
  };
  const callee = typeof caller === "object" && caller !== null ? caller.name : null;
  const name = nameFunction(given, callee);
  if (name !== undefined) moved.function = name;
  if (place.context !== null) moved.context = place.context;
  return moved;
}

function placeOf({ file, line, column }: StackFrame): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

function sizeOf({ context }: StackFrame): number {
  if (context === undefined) return 0;
  return [...context.pre, context.line, ...context.post].reduce((sum, line) => sum + line.length, 0);
}
