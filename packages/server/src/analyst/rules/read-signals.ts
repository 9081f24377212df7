import type { ErrorEvent, ExceptionInfo, StackFrame } from "@gatewatch/protocol";
import { cleanText } from "../clean-text.ts";
import { listFrames } from "../evidence-pack.ts";
import { UNKNOWN_PLACE, type FailureSignals } from "./known-failure.ts";

/** What one exception of an event offers to the catalogue, with the ids of the evidence behind it. */
export interface ReadSignals {
  signals: FailureSignals;
  exceptionId: string;
  frameId: string | null;
  frame: StackFrame | null;
}

/** One item per exception, root causes first: the deepest cause knows most. */
export function readSignals(event: ErrorEvent): ReadSignals[] {
  const frames = listFrames(event);
  return event.exceptions
    .slice(0, 6)
    .map((exception, index) => {
      const exceptionId = `E${index + 1}`;
      const own = frames.find(({ frame, exception: id }) => id === exceptionId && frame.inApp);
      // A cause made deep in a library is met in the frames of the error that wraps it.
      const near = own ?? frames.find(({ frame }) => frame.inApp) ?? null;
      const frame = near?.frame ?? null;
      return {
        exceptionId,
        frameId: near?.id ?? null,
        frame,
        signals: toSignals(exception, frame, own !== undefined),
      };
    })
    .toReversed();
}

function toSignals(exception: ExceptionInfo, frame: StackFrame | null, isOwn: boolean): FailureSignals {
  const message = cleanText(exception.message, 500);
  return {
    type: cleanText(exception.type, 100),
    message,
    code: exception.code ?? null,
    place: frame === null ? UNKNOWN_PLACE : shortPlace(frame),
    source: isOwn && frame?.context !== undefined ? cleanText(frame.context.line, 300) : null,
    column: frame?.column,
    peer: readPeer(message),
  };
}

/** `price.ts:42`: the folder is in the evidence. */
function shortPlace(frame: StackFrame): string {
  const name = cleanText(frame.file.slice(frame.file.lastIndexOf("/") + 1), 80);
  return frame.line === undefined ? name : `${name}:${frame.line}`;
}

const PEER =
  /\b(?:connect|getaddrinfo|listen|read|write)\s+E[A-Z_]+\s+(\S{1,120})|\bto (https?:\/\/[^\s/]{1,120})|(?:address already in use)\s+(\S{1,80})|\b(?:host|server) [`'"]?([\w.-]{3,100}(?::\d{1,5})?)/;

function readPeer(message: string): string | null {
  const match = PEER.exec(message);
  return match?.slice(1).find((part) => part !== undefined) ?? null;
}
