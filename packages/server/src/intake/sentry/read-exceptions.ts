import { type ErrorMechanism, type ExceptionInfo, type StackFrame, WIRE_LIMITS } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutFrames } from "../read-error-event.ts";
import { type Fields, fieldsOf, objectsOf, textOf } from "./loose-values.ts";
import { readFrames } from "./read-frames.ts";

const GROUP_MEMBER = /^exceptions?\[\d+\]$|^errors\[\d+\]$/;
const MECHANISMS: readonly [RegExp, ErrorMechanism][] = [
  [/onunhandledrejection$/, "unhandledRejection"],
  [/onuncaughtexception$|^excepthook$|onerror$/, "uncaughtException"],
];

/** What an event tells of its exceptions; the caught one first, as ours are, where theirs end with it. */
export interface ReadExceptions {
  exceptions: ExceptionInfo[];
  handled: boolean;
  mechanism: ErrorMechanism;
}

/** Undefined when the event has none. */
export function tryReadExceptions(event: Fields, debugIds: ReadonlyMap<string, string>): ReadExceptions | undefined {
  const given = objectsOf(event["exception"])
    .filter((item) => item["type"] !== undefined || item["value"] !== undefined || item["stacktrace"] !== undefined)
    .toReversed()
    .slice(0, WIRE_LIMITS.maxExceptions);
  if (given.length === 0) return undefined;
  const platform = event["platform"];
  const places = new Map<unknown, number>();
  for (const [index, item] of given.entries()) {
    const id = fieldsOf(item["mechanism"])["exception_id"];
    if (typeof id === "number" && !places.has(id)) places.set(id, index);
  }
  const groups = new Set<number>();
  const exceptions = given.map((item, index): ExceptionInfo => {
    const mechanism = fieldsOf(item["mechanism"]);
    if (mechanism["is_exception_group"] === true) groups.add(index);
    const exception: ExceptionInfo = {
      type: textOf(item["type"], TRUNCATED_LENGTHS.type) ?? "Error",
      message: messageOf(item["value"]),
      frames: framesOf(item, platform, debugIds),
    };
    const module = textOf(item["module"], TRUNCATED_LENGTHS.module);
    if (module !== undefined) exception.module = module;
    const code = codeOf(mechanism);
    if (code !== undefined) exception.code = code;
    if (index === 0) return exception;
    const parent = places.get(mechanism["parent_id"]);
    exception.parent = parent !== undefined && parent < index ? parent : index - 1;
    const isMember =
      groups.has(exception.parent) && GROUP_MEMBER.test(String(textOf(mechanism["source"], 64) ?? "exceptions[0]"));
    exception.relation = isMember ? "member" : "cause";
    return exception;
  });
  const first = fieldsOf(given[0]!["mechanism"]);
  return { exceptions, handled: first["handled"] !== false, mechanism: mechanismOf(first) };
}

/** The frames that an event has beside its exceptions: of the thread that crashed, or of its own. */
export function readLooseFrames(event: Fields, debugIds: ReadonlyMap<string, string>): StackFrame[] {
  const threads = objectsOf(event["threads"]);
  const thread = threads.find((item) => item["crashed"] === true || item["current"] === true) ?? threads[0];
  return framesOf({ stacktrace: event["stacktrace"] ?? thread?.["stacktrace"] }, event["platform"], debugIds);
}

function framesOf(item: Fields, platform: unknown, debugIds: ReadonlyMap<string, string>): StackFrame[] {
  return cutFrames(readFrames(item["stacktrace"] ?? item["raw_stacktrace"], platform, debugIds));
}

/** Some clients send an object as the value. */
function messageOf(value: unknown): string {
  const text = textOf(value, TRUNCATED_LENGTHS.message);
  if (text !== undefined || value === undefined || value === null || value === "") return text ?? "";
  return textOf(JSON.stringify(value), TRUNCATED_LENGTHS.message) ?? "";
}

/** `errno` of Python and `code` of Node, where the client tells them. */
function codeOf(mechanism: Fields): string | undefined {
  const errno = fieldsOf(fieldsOf(mechanism["meta"])["errno"]);
  return textOf(errno["name"] ?? fieldsOf(mechanism["data"])["code"], TRUNCATED_LENGTHS.code);
}

function mechanismOf(mechanism: Fields): ErrorMechanism {
  const type = textOf(mechanism["type"], 128) ?? "";
  return MECHANISMS.find(([pattern]) => pattern.test(type))?.[1] ?? "foreign";
}
