import type { ExceptionInfo } from "@gatewatch/protocol";
import type { NormalFrame } from "./normalise-frame.ts";

/** Where an exception was made, and whether that place serves many different errors. */
export interface ThrowSite {
  /** The app's frame nearest to the throw. */
  frame: NormalFrame;
  /** The app's frame that called it. */
  caller: NormalFrame | undefined;
  /**
   * `own`: this line throws this error. `runtime`: the line failed by itself.
   * `factory`: it throws what others tell it. `library`: a dependency threw beneath it. `unknown`: the line is not known.
   */
  kind: "own" | "runtime" | "factory" | "library" | "unknown";
}

const FACTORY_NAME =
  /(?:^|\.)(?:(?:create|make|build|throw|raise|new|to|as|wrap|convert|map|translate|handle|rethrow|from)\w*(?:Error|Exception|Failure|Problem|Fault)s?\w*|(?:fail|panic|abort|bail|die|raise|reject|assert|invariant|ensure|check|must|httpErrors?)(?:[A-Z]\w*)?|(?:create|make|build|throw|raise|wrap)_\w*(?:error|exception)s?\w*)$/;
const THROWS = /\b(?:throw|raise|reject|new \w*(?:Error|Exception)|Error\(|assert|invariant)\b/;
/** Words for what a caller hands on to be said; a class of its own that takes only values says one thing. */
const HANDED_ON =
  /\b(?:\w*message|msg|text|reason|description|details?|\w*error|errors|err|e|cause|code|status\w*|opts|options|args|body|response|reply|result|data)\b/i;
const GENERIC_TYPES = new Set(["Error", "Exception", "RuntimeError"]);
/** A sentence; a lone word may be a code beside a message that comes from elsewhere. */
const TEXT_LITERAL = /["'`][^"'`]* [^"'`]*|`[^`]*\$\{/;
const RUNTIME_TYPES = new Set([
  "TypeError",
  "ReferenceError",
  "RangeError",
  "AttributeError",
  "KeyError",
  "IndexError",
]);

/** Undefined when no frame is the app's own. `frames` are all normalised frames, the throw site first. */
export function readThrowSite(exception: ExceptionInfo, frames: NormalFrame[]): ThrowSite | undefined {
  const at = frames.findIndex((frame) => frame.inApp);
  const frame = frames[at];
  if (frame === undefined) return undefined;
  const caller = frames.slice(at + 1).find((other) => other.inApp);
  return { frame, caller, kind: kindOf(exception, frame, at > 0) };
}

function kindOf(exception: ExceptionInfo, frame: NormalFrame, beneathIsForeign: boolean): ThrowSite["kind"] {
  if (beneathIsForeign) return "library";
  if (FACTORY_NAME.test(frame.function)) return "factory";
  if (frame.source === null) return "unknown";
  if (THROWS.test(frame.source)) {
    if (TEXT_LITERAL.test(frame.source)) return "own";
    const values = frame.source.slice(frame.source.indexOf("(", frame.source.search(THROWS)));
    return GENERIC_TYPES.has(exception.type) || HANDED_ON.test(values) ? "factory" : "own";
  }
  return RUNTIME_TYPES.has(exception.type) ? "runtime" : "unknown";
}
