import type {
  Breadcrumb,
  ErrorEvent,
  ExceptionInfo,
  GatewatchEvent,
  Json,
  RequestContext,
  SourceContext,
  StackFrame,
  UserInfo,
} from "../event.ts";
import { REDACTED, type Redactor } from "./redactor.ts";

/** A redacted copy of a whole event, every text in it by the rule of its field; the argument is not changed. */
export function redactEvent<T extends GatewatchEvent>(event: T, redactor: Redactor): T {
  // Each branch below returns the type that it was given.
  return redactByType(event, redactor) as T;
}

function redactByType(event: GatewatchEvent, redactor: Redactor): GatewatchEvent {
  const copy = { ...event };
  redactTexts(copy, ["requestId"], redactor);
  if (copy.attributes !== undefined) copy.attributes = redactor.redactValue(copy.attributes);
  switch (copy.type) {
    case "request":
      copy.path = redactor.redactUrl(copy.path);
      redactTexts(copy, ["route", "userAgent", "userId", "host", "client", "errorId", "scheme"], redactor);
      return copy;
    case "error":
      return redactError(copy, redactor);
    case "log":
      redactTexts(copy, ["message"], redactor);
      return copy;
    case "metric":
      redactTexts(copy, ["name", "unit"], redactor);
      return copy;
    case "custom":
      redactTexts(copy, ["name"], redactor);
      return copy;
    default:
      return copy satisfies never;
  }
}

/** Replaces the text fields named, in place; absent and other values stay. */
function redactTexts<T extends object>(copy: T, names: readonly (keyof T)[], redactor: Redactor): void {
  for (const name of names) {
    const value = copy[name];
    // A text is replaced by a text: the field keeps its type.
    if (typeof value === "string") copy[name] = redactor.redactText(value) as T[keyof T] & string;
  }
}

function redactError(copy: ErrorEvent, redactor: Redactor): ErrorEvent {
  copy.exceptions = copy.exceptions.map((item) => redactException(item, redactor));
  if (copy.fingerprint !== undefined) copy.fingerprint = copy.fingerprint.map((item) => redactor.redactText(item));
  if (copy.request !== undefined) copy.request = redactRequestContext(copy.request, redactor);
  if (copy.user !== undefined) copy.user = redactUser(copy.user, redactor);
  if (copy.breadcrumbs !== undefined)
    copy.breadcrumbs = copy.breadcrumbs.map((item) => redactBreadcrumb(item, redactor));
  if (copy.custom !== undefined) copy.custom = redactor.redactValue(copy.custom);
  return copy;
}

function redactException(exception: ExceptionInfo, redactor: Redactor): ExceptionInfo {
  const frames = exception.frames.map((frame) => redactFrame(frame, redactor));
  const copy: ExceptionInfo = { ...exception, frames };
  redactTexts(copy, ["type", "message", "module", "code", "rawStack"], redactor);
  return copy;
}

function redactFrame(frame: StackFrame, redactor: Redactor): StackFrame {
  const copy: StackFrame = { ...frame };
  redactTexts(copy, ["file", "function", "module"], redactor);
  if (copy.context !== undefined) copy.context = redactContext(copy.context, redactor);
  return copy;
}

/** A private key may run over the lines around the failing one: once its first line is seen, the rest goes. */
function redactContext(context: SourceContext, redactor: Redactor): SourceContext {
  let inKey = false;
  const redactLine = (line: string): string => {
    const begins = /-----BEGIN [A-Z ]*PRIVATE KEY/.test(line);
    const ends = line.includes("-----END ");
    const clean = inKey && !ends ? REDACTED : redactor.redactSource(line);
    inKey = (inKey || begins) && !ends;
    return clean;
  };
  return { pre: context.pre.map(redactLine), line: redactLine(context.line), post: context.post.map(redactLine) };
}

function redactRequestContext(request: RequestContext, redactor: Redactor): RequestContext {
  const copy: RequestContext = {
    ...request,
    url: redactor.redactUrl(request.url),
    headers: redactor.redactHeaders(request.headers),
    query: redactor.redactQuery(request.query),
  };
  redactTexts(copy, ["route", "contentType", "userAgent", "client"], redactor);
  if (copy.body !== undefined) copy.body = redactor.redactValue<Json>(copy.body);
  return copy;
}

function redactUser(user: UserInfo, redactor: Redactor): UserInfo {
  const copy: UserInfo = { ...user };
  redactTexts(copy, ["id", "username", "email"], redactor);
  return copy;
}

function redactBreadcrumb(crumb: Breadcrumb, redactor: Redactor): Breadcrumb {
  const copy: Breadcrumb = { ...crumb };
  redactTexts(copy, ["message"], redactor);
  if (copy.data !== undefined) copy.data = redactor.redactValue(copy.data);
  return copy;
}
