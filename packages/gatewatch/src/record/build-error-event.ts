import type {
  Attributes,
  Breadcrumb,
  ErrorEvent,
  ErrorMechanism,
  ExceptionInfo,
  RequestContext,
  UserInfo,
} from "@gatewatch/protocol";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange, Outcome } from "../gate/exchange.ts";
import { captureBody, readForm } from "./capture-body.ts";
import { copyJson } from "./copy-json.ts";

export interface ErrorParts {
  id: string;
  time: number;
  mechanism: ErrorMechanism;
  exceptions: ExceptionInfo[];
  breadcrumbs: readonly Breadcrumb[];
}

export interface BuildOptions {
  redactor: Redactor;
  captureBody: boolean;
  maxBodyBytes: number;
  /** Undefined: no user. */
  viewUser(user: UserInfo | undefined): UserInfo | undefined;
}

const MAX_URL = 4_096;
const MAX_HEADER = 2_048;

/** The redacted event without the client's address. Parts of the exchange that cannot be read are left out. */
export function buildErrorEvent(
  parts: ErrorParts,
  x: Exchange | undefined,
  outcome: Outcome | undefined,
  options: BuildOptions,
): ErrorEvent {
  const isFatal = parts.mechanism === "uncaughtException" || parts.mechanism === "unhandledRejection";
  const event: ErrorEvent = {
    type: "error",
    id: parts.id,
    time: parts.time,
    level: isFatal ? "fatal" : "error",
    handled: !isFatal,
    mechanism: parts.mechanism,
    exceptions: parts.exceptions,
  };
  if (parts.breadcrumbs.length > 0)
    event.breadcrumbs = parts.breadcrumbs.map((crumb) => redactBreadcrumb(crumb, options.redactor));
  if (x === undefined) return event;
  tryAdd(() => {
    event.requestId = x.requestId;
    event.traceId = x.trace.traceId;
    event.spanId = x.trace.spanId;
  });
  tryAdd(() => (event.request = buildRequestContext(x, outcome, options)));
  tryAdd(() => {
    const user = options.viewUser(x.user());
    if (user !== undefined) event.user = user;
  });
  tryAdd(() => {
    const attributes = redactAttributes({ ...x.attributes, ...x.metrics }, options.redactor);
    if (attributes !== undefined) event.attributes = attributes;
  });
  return event;
}

/** Scalars and small trees under at most 128 names; undefined when there are none. */
export function redactAttributes(values: unknown, redactor: Redactor): Attributes | undefined {
  if (typeof values !== "object" || values === null) return undefined;
  let copy: Attributes;
  try {
    const entries = Object.entries(values).slice(0, WIRE_LIMITS.maxAttributes);
    if (entries.length === 0) return undefined;
    copy = copyJson(Object.fromEntries(entries), { maxNodes: 500, maxStringLength: 2_000, maxDepth: 10 }) as Attributes;
  } catch {
    return undefined;
  }
  return redactor.redactValue(copy);
}

function buildRequestContext(x: Exchange, outcome: Outcome | undefined, options: BuildOptions): RequestContext {
  const { redactor } = options;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of x.headers.entries()) {
    headers[name] =
      typeof value === "string" ? value.slice(0, MAX_HEADER) : value.map((item) => item.slice(0, MAX_HEADER));
  }
  const url = x.url.slice(0, MAX_URL);
  const question = url.indexOf("?");
  const context: RequestContext = {
    method: x.method,
    url: redactor.redactUrl(url),
    route: outcome?.route ?? x.route(),
    headers: redactor.redactHeaders(headers),
    query: question < 0 ? {} : redactor.redactQuery(readForm(url.slice(question + 1))),
  };
  const contentType = x.headers.get("content-type");
  if (contentType !== undefined) context.contentType = redactor.redactText(contentType.slice(0, 256));
  const userAgent = x.headers.get("user-agent");
  if (userAgent !== undefined) context.userAgent = redactor.redactText(userAgent.slice(0, 512));
  if (outcome !== undefined) context.status = outcome.status;
  tryAdd(() => {
    const body = options.captureBody ? captureBody(x, redactor, options.maxBodyBytes) : undefined;
    if (body !== undefined) context.body = body;
  });
  return context;
}

function redactBreadcrumb(crumb: Breadcrumb, redactor: Redactor): Breadcrumb {
  const clean: Breadcrumb = { time: crumb.time, category: crumb.category, message: redactor.redactText(crumb.message) };
  if (crumb.level !== undefined) clean.level = crumb.level;
  if (crumb.data !== undefined) clean.data = redactor.redactValue(crumb.data);
  return clean;
}

/** The app's objects may throw when they are read: the event goes on without that part. */
function tryAdd(add: () => void): void {
  try {
    add();
  } catch {
    // Left out.
  }
}
