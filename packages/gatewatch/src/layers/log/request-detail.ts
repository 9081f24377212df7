import type { UserInfo } from "@gatewatch/protocol";
import { REDACTED, type Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange } from "../../gate/exchange.ts";
import type { AccessLogOptions } from "../../options/groups/access-log.ts";
import type { ConfigValues } from "../../options/options.ts";
import { createUserView } from "../../record/view-user.ts";
import { captureBody, readForm } from "../../record/capture-body.ts";
import type { LoggedRequest, LogLine } from "./log-line.ts";

export interface RequestDetailSettings extends Pick<
  AccessLogOptions,
  "fields" | "headers" | "sensitiveHeaders" | "body" | "maxBodyBytes" | "format"
> {
  redactor: Redactor;
  capture: { headers: boolean; query: boolean; user: boolean };
  /** The user as the log may show them. */
  viewUser(user: UserInfo | undefined): UserInfo | undefined;
}

/** Undefined where lines show nothing beside what they always do. */
export function createRequestDetail(
  { accessLog, capture, secret }: ConfigValues,
  redactor: Redactor,
): RequestDetail | undefined {
  const { fields, format, headers, sensitiveHeaders, body, maxBodyBytes } = accessLog;
  if (fields === "short" && format !== "text" && headers.length === 0 && !body) return undefined;
  const viewUser = createUserView({ keepEmail: capture.userEmail, secret: secret ?? undefined });
  return new RequestDetail({
    fields,
    format,
    headers,
    sensitiveHeaders,
    body,
    maxBodyBytes,
    redactor,
    capture,
    viewUser,
  });
}

const MAX_HEADER = 1024;
const MAX_HEADERS = 100;
const MAX_QUERY = 2048;
const ALL = "*";

/** Adds to lines of requests what the options ask for, redacted. */
export class RequestDetail {
  readonly #settings: RequestDetailSettings;
  readonly #isFull: boolean;
  readonly #showsPeople: boolean;
  readonly #names: readonly string[];
  readonly #sensitive: ReadonlySet<string>;

  constructor(settings: RequestDetailSettings) {
    const { fields, format, headers, sensitiveHeaders } = settings;
    this.#settings = settings;
    this.#isFull = fields === "full";
    // The text format has places for both.
    this.#showsPeople = this.#isFull || format === "text";
    this.#names = headers.length === 0 && this.#isFull ? [ALL] : headers;
    this.#sensitive = new Set(sensitiveHeaders.map((name) => name.toLowerCase()));
  }

  /** @param isOver the answer is known too. */
  addTo(line: LogLine, x: Exchange, isOver: boolean): void {
    const { req } = line;
    if (req === undefined) return;
    const { capture } = this.#settings;
    if (capture.headers) this.#addHeaders(req, x);
    if (this.#isFull) this.#addRest(req, x);
    if (this.#showsPeople && capture.user) this.#addUser(line, x);
    if (isOver) {
      this.addAnswer(line, x);
      if (this.#settings.body) this.#addBody(req, x);
    }
  }

  addAnswer({ res }: LogLine, x: Exchange): void {
    if (res === undefined || !this.#isFull) return;
    const { redactor } = this.#settings;
    const type = x.response.get("content-type");
    if (type !== undefined) res.contentType = redactor.redactText(type.slice(0, 256));
    const length = tryParseLength(x.response.get("content-length"));
    if (length !== undefined) res.contentLength = length;
  }

  #addHeaders(req: LoggedRequest, x: Exchange): void {
    const { redactor } = this.#settings;
    if (this.#showsPeople) {
      const userAgent = x.headers.get("user-agent");
      if (userAgent !== undefined) req.userAgent = redactor.redactText(userAgent.slice(0, 512));
    }
    if (this.#names.length === 0) return;
    const found: Record<string, string | string[]> = {};
    let count = 0;
    for (const [name, value] of this.#names[0] === ALL ? x.headers.entries() : this.#pick(x)) {
      if (++count > MAX_HEADERS) break;
      if (this.#sensitive.has(name)) found[name] = REDACTED;
      else found[name] = typeof value === "string" ? cut(value) : value.map(cut);
    }
    req.headers = redactor.redactHeaders(found);
  }

  *#pick(x: Exchange): Iterable<[string, string | readonly string[]]> {
    for (const name of this.#names) {
      const values = x.headers.getAll(name);
      if (values.length > 0) yield [name, values.length === 1 ? values[0]! : values];
    }
  }

  #addRest(req: LoggedRequest, x: Exchange): void {
    const { redactor, capture } = this.#settings;
    req.path = redactor.redactUrl(x.path.slice(0, MAX_QUERY));
    const question = x.url.indexOf("?");
    if (capture.query && question !== -1) {
      req.query = redactor.redactQuery(readForm(x.url.slice(question + 1, question + 1 + MAX_QUERY)));
    }
    const length = tryParseLength(x.headers.get("content-length"));
    if (length !== undefined) req.contentLength = length;
    if (x.host !== undefined) req.host = x.host;
    req.scheme = x.scheme;
  }

  #addUser(line: LogLine, x: Exchange): void {
    const user = this.#settings.viewUser(x.user());
    if (user !== undefined) line.user = { id: user.id, username: user.username };
  }

  #addBody(req: LoggedRequest, x: Exchange): void {
    const body = captureBody(x, this.#settings.redactor, this.#settings.maxBodyBytes);
    if (body !== undefined) req.body = body;
  }
}

function cut(value: string): string {
  return value.length > MAX_HEADER ? `${value.slice(0, MAX_HEADER)}…` : value;
}

function tryParseLength(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
