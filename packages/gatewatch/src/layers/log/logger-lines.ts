import { catchLater } from "../../gate/catch-later.ts";
import type { LineLevel, LineWriter, LoggedError, LogLine } from "./log-line.ts";
import type { UserLogger } from "./user-logger.ts";

/** Hands lines to the user's own logger, which adds its time, process and host. A logger that throws loses the line. */
export function createLoggerLines(logger: UserLogger, service: string | null = null): LineWriter {
  const fieldsFirst = takesFieldsFirst(logger);
  return {
    write(line) {
      const log = pickMethod(logger, line.level);
      const fields = toFields(line);
      if (service !== null) fields["service"] ??= service;
      try {
        const result = fieldsFirst ? log.call(logger, fields, line.msg) : log.call(logger, line.msg, fields);
        // The log must not break the app, and cannot be told about itself.
        catchLater(result, () => undefined);
      } catch {
        // The same.
      }
    },
    flushSync: () => undefined,
  };
}

/** pino and bunyan have children, and levels as numbers by name. */
function takesFieldsFirst(logger: UserLogger): boolean {
  const hasChild = "child" in logger && typeof logger.child === "function";
  return hasChild && ("bindings" in logger || "fields" in logger);
}

function pickMethod(logger: UserLogger, level: LineLevel): (...args: unknown[]) => unknown {
  const exact: unknown = Reflect.get(logger, level);
  const found = typeof exact === "function" ? exact : level === "fatal" ? logger.error : logger.info;
  return found as (...args: unknown[]) => unknown;
}

function toFields({
  reqId,
  req,
  res,
  responseTime,
  aborted,
  user,
  err,
  errorId,
  extra,
}: LogLine): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...extra };
  if (reqId !== undefined) fields["reqId"] = reqId;
  if (req !== undefined) fields["req"] = req;
  if (res !== undefined) fields["res"] = res;
  if (responseTime !== undefined) fields["responseTime"] = responseTime;
  if (aborted !== undefined) fields["aborted"] = aborted;
  if (user !== undefined) fields["user"] = user;
  if (err !== undefined) fields["err"] = toErrorLike(err);
  if (errorId !== undefined) fields["errorId"] = errorId;
  return fields;
}

/** pino's serializer takes the type from the constructor, else from `name`; without a prototype there is only the name. */
function toErrorLike(err: LoggedError): object {
  return Object.assign(Object.create(null) as object, { name: err.type }, err);
}
