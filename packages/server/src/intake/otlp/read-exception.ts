import { type Attributes, type ExceptionInfo, WIRE_LIMITS } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import { parsePythonTraceback, type TracebackException } from "../parse-python-traceback.ts";
import { parseV8Stack } from "../parse-v8-stack.ts";
import { cutFrames } from "../read-error-event.ts";
import { textOf } from "./attribute-values.ts";

const MAX_STACK = 256 * 1024;
/** A place as V8 writes it: `file:line:column`, in parentheses or not. Java and .NET have no column. */
const V8_PLACE = /^[ \t]{1,16}at .{0,1900}:\d{1,9}:\d{1,9}\)?$/m;
const SCRIPT_LANGUAGES: ReadonlySet<string> = new Set(["nodejs", "webjs"]);

/** The exceptions that a span event or a log record tells of, the recorded one first; undefined when it tells of none. */
export function tryReadExceptions(attributes: Attributes, language: string | undefined): ExceptionInfo[] | undefined {
  const given = textOf(attributes, TRUNCATED_LENGTHS.type, "exception.type");
  const message = textOf(attributes, TRUNCATED_LENGTHS.message, "exception.message");
  const stack = textOf(attributes, MAX_STACK, "exception.stacktrace");
  if (given === undefined && message === undefined && stack === undefined) return undefined;
  const parsed = stack === undefined ? [] : parseStack(stack, language).slice(0, WIRE_LIMITS.maxExceptions);
  const head = parsed[0];
  const first: ExceptionInfo = {
    ...nameOf(given, head),
    message: message ?? cut(head?.message ?? "", TRUNCATED_LENGTHS.message),
    frames: cutFrames(head?.frames ?? []),
  };
  if (head === undefined && stack !== undefined) first.rawStack = cutText(stack, TRUNCATED_LENGTHS.rawStack);
  const causes = parsed.slice(1).map((cause, index): ExceptionInfo => {
    return {
      ...nameOf(undefined, cause),
      message: cut(cause.message, TRUNCATED_LENGTHS.message),
      frames: cutFrames(cause.frames),
      parent: index,
      relation: "cause",
    };
  });
  return [first, ...causes];
}

/** By the text's own shape first: a service may pass on what another language has raised. */
function parseStack(text: string, language: string | undefined): TracebackException[] {
  const python = text.includes('File "') ? parsePythonTraceback(text) : [];
  if (python.length > 0) return python;
  const isScript = language === undefined || SCRIPT_LANGUAGES.has(language);
  return isScript && V8_PLACE.test(text) ? parseV8Stack(text) : [];
}

/**
 * Type, module and code. Names come qualified (`django.db.utils.OperationalError`), and OpenTelemetry for JavaScript puts an error's
 * `code` in the place of its type.
 */
function nameOf(
  given: string | undefined,
  parsed: TracebackException | undefined,
): Pick<ExceptionInfo, "type" | "module" | "code"> {
  const own = parsed?.type ?? undefined;
  if (given !== undefined && own !== undefined && isCode(given) && !isCode(own))
    return { type: cut(own, TRUNCATED_LENGTHS.type), code: cut(given, TRUNCATED_LENGTHS.code) };
  const whole = given ?? own ?? "Error";
  const dot = /^[\w$.]+\.[\w$]+$/.test(whole) ? whole.lastIndexOf(".") : -1;
  const type = cut(whole.slice(dot + 1), TRUNCATED_LENGTHS.type);
  const module = dot === -1 ? parsed?.module : whole.slice(0, dot);
  return module === undefined || module === null ? { type } : { type, module: cut(module, TRUNCATED_LENGTHS.module) };
}

function isCode(name: string): boolean {
  return /^(?:[A-Z][A-Z0-9_]*|\d+)$/.test(name);
}

function cut(text: string, length: number): string {
  return makeStorable(cutText(text, length));
}
