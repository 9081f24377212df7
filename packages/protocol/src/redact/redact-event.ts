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

/** A whole event, redacted, every text in it by the rule of its field; the argument is not changed, and what is clean in it is shared. */
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
    copy.breadcrumbs = mapChanged(copy.breadcrumbs, (item) => redactBreadcrumb(item, redactor));
  if (copy.custom !== undefined) copy.custom = redactor.redactValue(copy.custom);
  return copy;
}

function redactException(exception: ExceptionInfo, redactor: Redactor): ExceptionInfo {
  const frames = mapChanged(exception.frames, (frame) => redactFrame(frame, redactor));
  const copy: ExceptionInfo = { ...exception, frames };
  redactTexts(copy, ["type", "message", "module", "code", "rawStack"], redactor);
  return copy;
}

function redactFrame(frame: StackFrame, redactor: Redactor): StackFrame {
  const file = redactor.redactText(frame.file);
  const name = frame.function === undefined ? undefined : redactor.redactText(frame.function);
  const module = frame.module === undefined ? undefined : redactor.redactText(frame.module);
  const context = frame.context === undefined ? undefined : redactContext(frame.context, redactor);
  if (file === frame.file && name === frame.function && module === frame.module && context === frame.context)
    return frame;
  const copy: StackFrame = { ...frame, file };
  if (name !== undefined) copy.function = name;
  if (module !== undefined) copy.module = module;
  if (context !== undefined) copy.context = context;
  return copy;
}

/** A private key may run over the lines around the failing one: once its first line is seen, the rest goes. */
function redactContext(context: SourceContext, redactor: Redactor): SourceContext {
  let inKey = false;
  const redactLine = (line: string): string => {
    const mayHoldKey = line.includes("-----");
    const begins = mayHoldKey && /-----BEGIN [A-Z ]*PRIVATE KEY/.test(line);
    const ends = mayHoldKey && line.includes("-----END ");
    const clean = inKey && !ends ? REDACTED : redactor.redactSource(line);
    inKey = (inKey || begins) && !ends;
    return clean;
  };
  const pre = mapChanged(context.pre, redactLine);
  const line = redactLine(context.line);
  const post = mapChanged(context.post, redactLine);
  return pre === context.pre && line === context.line && post === context.post ? context : { pre, line, post };
}

/** The list itself when nothing in it had to change. */
function mapChanged<T>(items: T[], redact: (item: T) => T): T[] {
  let copy: T[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const clean = redact(items[index]!);
    if (clean !== items[index]) (copy ??= items.slice())[index] = clean;
  }
  return copy ?? items;
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
  const message = redactor.redactText(crumb.message);
  const data = crumb.data === undefined ? undefined : redactor.redactValue(crumb.data);
  if (message === crumb.message && data === crumb.data) return crumb;
  const copy: Breadcrumb = { ...crumb, message };
  if (data !== undefined) copy.data = data;
  return copy;
}
