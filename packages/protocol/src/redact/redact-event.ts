import type {
  Breadcrumb,
  ErrorEvent,
  ExceptionInfo,
  GatewatchEvent,
  Json,
  RequestContext,
  RequestEvent,
  SourceContext,
  StackFrame,
  UserInfo,
} from "../event.ts";
import type { Redactor } from "./redactor.ts";

/** A redacted copy of a whole event, every text in it by the rule of its field; the argument is not changed. */
export function redactEvent<T extends GatewatchEvent>(event: T, redactor: Redactor): T {
  // Each branch below returns the type that it was given.
  return redactByType(event, redactor) as T;
}

function redactByType(event: GatewatchEvent, redactor: Redactor): GatewatchEvent {
  const copy = redactFacts(event, redactor);
  switch (copy.type) {
    case "request":
      return redactRequest(copy, redactor);
    case "error":
      return redactError(copy, redactor);
    case "log":
      return { ...copy, message: redactor.redactText(copy.message) };
    case "metric":
    case "custom":
      return { ...copy, name: redactor.redactText(copy.name) };
    default:
      return copy satisfies never;
  }
}

function redactFacts(event: GatewatchEvent, redactor: Redactor): GatewatchEvent {
  const copy = { ...event };
  if (copy.requestId !== undefined) copy.requestId = redactor.redactText(copy.requestId);
  if (copy.attributes !== undefined) copy.attributes = redactor.redactValue(copy.attributes);
  return copy;
}

function redactRequest(event: RequestEvent, redactor: Redactor): RequestEvent {
  const copy: RequestEvent = { ...event, path: redactor.redactUrl(event.path) };
  if (copy.route != null) copy.route = redactor.redactText(copy.route);
  if (copy.userAgent !== undefined) copy.userAgent = redactor.redactText(copy.userAgent);
  if (copy.userId !== undefined) copy.userId = redactor.redactText(copy.userId);
  if (copy.host !== undefined) copy.host = redactor.redactText(copy.host);
  if (copy.client !== undefined) copy.client = redactor.redactText(copy.client);
  return copy;
}

function redactError(event: ErrorEvent, redactor: Redactor): ErrorEvent {
  const copy: ErrorEvent = { ...event, exceptions: event.exceptions.map((item) => redactException(item, redactor)) };
  if (copy.fingerprint !== undefined) copy.fingerprint = copy.fingerprint.map((item) => redactor.redactText(item));
  if (copy.request !== undefined) copy.request = redactRequestContext(copy.request, redactor);
  if (copy.user !== undefined) copy.user = redactUser(copy.user, redactor);
  if (copy.breadcrumbs !== undefined)
    copy.breadcrumbs = copy.breadcrumbs.map((item) => redactBreadcrumb(item, redactor));
  if (copy.custom !== undefined) copy.custom = redactor.redactValue(copy.custom);
  return copy;
}

function redactException(exception: ExceptionInfo, redactor: Redactor): ExceptionInfo {
  const copy: ExceptionInfo = {
    ...exception,
    type: redactor.redactText(exception.type),
    message: redactor.redactText(exception.message),
    frames: exception.frames.map((frame) => redactFrame(frame, redactor)),
  };
  if (copy.code !== undefined) copy.code = redactor.redactText(copy.code);
  if (copy.rawStack !== undefined) copy.rawStack = redactor.redactText(copy.rawStack);
  return copy;
}

function redactFrame(frame: StackFrame, redactor: Redactor): StackFrame {
  const copy: StackFrame = { ...frame, file: redactor.redactText(frame.file) };
  if (copy.function !== undefined) copy.function = redactor.redactText(copy.function);
  if (copy.context !== undefined) copy.context = redactContext(copy.context, redactor);
  return copy;
}

/** A private key may run over the lines around the failing one: once its first line is seen, the rest goes. */
function redactContext(context: SourceContext, redactor: Redactor): SourceContext {
  let inKey = false;
  const redactLine = (line: string): string => {
    const begins = /-----BEGIN [A-Z ]*PRIVATE KEY/.test(line);
    const ends = line.includes("-----END ");
    const clean = inKey && !ends ? "[REDACTED]" : redactor.redactSource(line);
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
  if (copy.body !== undefined) copy.body = redactor.redactValue<Json>(copy.body);
  if (copy.userAgent !== undefined) copy.userAgent = redactor.redactText(copy.userAgent);
  if (copy.client !== undefined) copy.client = redactor.redactText(copy.client);
  return copy;
}

function redactUser(user: UserInfo, redactor: Redactor): UserInfo {
  const copy: UserInfo = { ...user };
  if (typeof copy.id === "string") copy.id = redactor.redactText(copy.id);
  if (typeof copy.username === "string") copy.username = redactor.redactText(copy.username);
  if (typeof copy.email === "string") copy.email = redactor.redactText(copy.email);
  return copy;
}

function redactBreadcrumb(crumb: Breadcrumb, redactor: Redactor): Breadcrumb {
  const copy: Breadcrumb = { ...crumb, message: redactor.redactText(crumb.message) };
  if (copy.data !== undefined) copy.data = redactor.redactValue(copy.data);
  return copy;
}
