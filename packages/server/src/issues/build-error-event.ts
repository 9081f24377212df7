import type { ErrorEvent, ExceptionInfo, StackFrame } from "@gatewatch/protocol";

/** Test support: `"src/lib/price.ts:42 total | source line | next line"` as a frame; paths in `node_modules` and `node:` are not the app's. */
function buildFrame(text: string): StackFrame {
  const [place = "", source, ...post] = text.split(" | ");
  const [location = "", ...name] = place.split(" ");
  const match = /^(.*?)(?::(\d+))?$/.exec(location);
  return {
    file: match?.[1] ?? location,
    ...(match?.[2] === undefined ? {} : { line: Number(match[2]) }),
    ...(name.length === 0 ? {} : { function: name.join(" ") }),
    inApp: !/node_modules|^node:/.test(location),
    ...(source === undefined ? {} : { context: { pre: [], line: source, post } }),
  };
}

/** Test support: an exception of the given type, message and frames. */
export function buildException(
  type: string,
  message: string,
  frames: string[],
  extra: Partial<ExceptionInfo> = {},
): ExceptionInfo {
  return { type, message, frames: frames.map(buildFrame), ...extra };
}

let serial = 0;

/** Test support: an error event around exceptions. */
export function buildErrorEvent(exceptions: ExceptionInfo[], extra: Partial<ErrorEvent> = {}): ErrorEvent {
  serial += 1;
  return {
    type: "error",
    time: 1_763_600_000_000,
    id: `00000000-0000-4000-8000-${String(serial).padStart(12, "0")}`,
    level: "error",
    handled: true,
    mechanism: "throw",
    exceptions,
    ...extra,
  };
}
