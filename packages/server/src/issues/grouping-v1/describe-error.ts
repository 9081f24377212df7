import type { ErrorEvent, ExceptionInfo, StackFrame } from "@gatewatch/protocol";

const MAX_TITLE_CHARACTERS = 200;
const MAX_GENERIC_CHARACTERS = 80;
const GENERIC_TYPES = new Set([
  "Error",
  "Exception",
  "RuntimeError",
  "AggregateError",
  "InternalServerError",
  "TypeError",
]);
const GENERIC_MESSAGE =
  /^(?:an? )?(?:unknown |unexpected |unhandled |internal |generic |all )?(?:server )?(?:error|errors|exception|failed|failure|rejection|(?:fetch|request|operation|query|call|job|task|promises? were) (?:failed|rejected|error)|something (?:went|is) wrong|oops)(?: occurred| happened)?[.! ]*$/i;

/** The exception that a person wants to read about: the root cause where the wrapper says nothing. */
function selectMainException(event: ErrorEvent): ExceptionInfo | undefined {
  const { exceptions } = event;
  let index = 0;
  // Each step goes to a later index, so that a ring of parents ends.
  for (;;) {
    const current = exceptions[index];
    if (current === undefined || !isGeneric(current)) return current;
    const below = exceptions.findIndex((other, at) => at > index && other.parent === index);
    if (below < 0) return current;
    index = below;
  }
}

function isGeneric(exception: ExceptionInfo): boolean {
  if (exception.message.length > MAX_GENERIC_CHARACTERS) return false;
  const message = exception.message.trim();
  return GENERIC_TYPES.has(exception.type) && (message === "" || GENERIC_MESSAGE.test(message));
}

/** `Type: first line of the message`, at most 200 characters, free of control characters. */
export function titleOf(event: ErrorEvent): string {
  const main = selectMainException(event);
  if (main === undefined) return "Unknown error";
  const line = main.message.slice(0, 1024).trim().split("\n", 1)[0] ?? "";
  const text = `${main.type || "Error"}${line === "" ? "" : `: ${line}`}`.replaceAll(/\p{C}+/gu, " ");
  return text.length > MAX_TITLE_CHARACTERS ? `${text.slice(0, MAX_TITLE_CHARACTERS - 1)}…` : text;
}

/**
 * `file:line in function` of the app's frame nearest to the throw; the line is for people and never hashed.
 * Where the stack has no frame of the app (a failed `fetch` loses its own), the route says more than a frame of Node.
 */
export function culpritOf(event: ErrorEvent): string {
  const main = selectMainException(event);
  if (main === undefined) return "";
  const all = [main, ...event.exceptions];
  const own = firstFrame(all, (candidate) => candidate.inApp);
  if (own !== undefined) return describeFrame(own);
  const route = routeOf(event);
  if (route !== null) return route.replaceAll(/\p{C}+/gu, " ").slice(0, MAX_TITLE_CHARACTERS);
  const any = firstFrame(all, () => true);
  return any === undefined ? "" : describeFrame(any);
}

/** `METHOD /route/:template` of the request, where both are known. */
export function routeOf(event: ErrorEvent): string | null {
  const { request } = event;
  return request?.route ? `${request.method} ${request.route}` : null;
}

function firstFrame(exceptions: ExceptionInfo[], accept: (frame: StackFrame) => boolean): StackFrame | undefined {
  for (const exception of exceptions) {
    const frame = exception.frames.find(accept);
    if (frame !== undefined) return frame;
  }
  return undefined;
}

function describeFrame(frame: StackFrame): string {
  const place = frame.line === undefined ? frame.file : `${frame.file}:${frame.line}`;
  const text = frame.function ? `${place} in ${frame.function}` : place;
  return text.replaceAll(/\p{C}+/gu, " ").slice(0, MAX_TITLE_CHARACTERS);
}
