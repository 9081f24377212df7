import type { ErrorMechanism } from "@gatewatch/protocol";
import { describeThreshold } from "@gatewatch/protocol/messages/describe-failure";
import type { ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Clock } from "../../gate/clock.ts";
import type { Exchange, Outcome } from "../../gate/exchange.ts";
import type { Notice } from "../../gate/notices.ts";
import { cacheByText } from "../../gate/cache-by-text.ts";
import type { Recorder } from "../../record/recorder.ts";
import { typesOf } from "../types-of.ts";
import { RepeatFolder } from "./fold-repeats.ts";
import { formatStack } from "./format-stack.ts";
import { usualLevel } from "../../options/values/level-of-status.ts";
import type { LineLevel, LineWriter, LoggedError, LoggedRequest, LogLine } from "./log-line.ts";
import type { RequestDetail } from "./request-detail.ts";

export interface LocalLogOptions {
  writer: LineWriter;
  redactor: Redactor;
  clock: Clock;
  /** The address as the local log may show it. */
  showAddress(address: string | undefined): string | undefined;
  debug: boolean;
  /** What of a request may be shown. */
  capture: { headers: boolean; query: boolean; user: boolean };
  /** Shows more of a request than its line has by itself; undefined: nothing. */
  detail?: RequestDetail | undefined;
  /** Names of errors whose line is at `fatal` level. */
  fatalTypes?: ReadonlySet<string>;
}

const MAX_URL_LENGTH = 2048;
const MAX_MESSAGE_LENGTH = 8192;
const MAX_KNOWN_URLS = 1000;

/** What the process says on its own machine: requests, exceptions, and the gate's notices. Nothing unredacted, never an exception. */
export class LocalLog {
  readonly #options: LocalLogOptions;
  readonly #repeats: RepeatFolder;
  readonly #redactUrl: (url: string) => string;
  readonly #logged = new WeakSet<object>();

  constructor(options: LocalLogOptions) {
    this.#options = options;
    this.#repeats = new RepeatFolder(options.clock);
    this.#redactUrl = cacheByText((url) => options.redactor.redactUrl(url), MAX_KNOWN_URLS);
  }

  /** A request with its answer. */
  writeRequest(x: Exchange, outcome: Outcome, level: LineLevel = levelOf(outcome)): void {
    const line = this.#startAnswer(x, outcome, level);
    line.req = this.#describe(x, outcome.route);
    this.#options.detail?.addTo(line, x, true);
    this.#options.writer.write(line);
  }

  /** An answer alone; the id leads to its request. */
  writeAnswer(x: Exchange, outcome: Outcome, level: LineLevel = levelOf(outcome)): void {
    const line = this.#startAnswer(x, outcome, level);
    this.#options.detail?.addAnswer(line, x);
    this.#options.writer.write(line);
  }

  /** A request that has just begun. */
  writeArrival(x: Exchange): void {
    const line: LogLine = {
      level: "info",
      time: this.#options.clock.now(),
      msg: "request received",
      reqId: x.requestId,
      req: this.#describe(x, null),
    };
    this.#options.detail?.addTo(line, x, false);
    this.#options.writer.write(line);
  }

  #startAnswer(
    x: Exchange,
    { status, aborted, responseBytes, durationMs, errorId }: Outcome,
    level: LineLevel,
  ): LogLine {
    const line: LogLine = {
      level,
      time: this.#options.clock.now(),
      msg: aborted ? "request aborted" : "request completed",
      reqId: x.requestId,
      // 499 is what web servers log for a client that went away before an answer began.
      res: { statusCode: status === 0 ? 499 : status, bytes: responseBytes },
      responseTime: durationMs,
    };
    if (aborted) line.aborted = true;
    if (errorId !== null) line.errorId = errorId;
    return line;
  }

  /** Many errors of one kind in a short time. */
  writeAlert(alert: ThresholdFacts): void {
    const { key, count, threshold, windowMs, more } = alert;
    this.#options.writer.write({
      level: "fatal",
      time: this.#options.clock.now(),
      msg: describeThreshold(alert, key),
      extra: { code: "error_threshold", errorKey: key, errorCount: count, threshold, windowMs, more },
    });
  }

  /** Type and message of an error, redacted. */
  describeError(error: unknown, x: Exchange, recorder: Recorder): { type: string; message: string } {
    const { type, message } =
      recorder.eventOf(error, x)?.exceptions[0] ?? describeUnrecorded(error, this.#options.redactor);
    return { type, message };
  }

  /** An exception with its context and stack; ten alike per second, the rest as a count on the next one. */
  writeError(x: Exchange | undefined, error: unknown, mechanism: ErrorMechanism, recorder: Recorder): void {
    if (typeof error === "object" && error !== null) this.#logged.add(error);
    const event = recorder.eventOf(error, x);
    const first = event?.exceptions[0];
    const err: LoggedError =
      event === undefined || first === undefined
        ? describeUnrecorded(error, this.#options.redactor)
        : { type: first.type, message: first.message, stack: formatStack(event) };
    if (first?.code !== undefined) err.code = first.code;
    const { capture } = this.#options;
    const decision = this.#repeats.decide(`${err.type}: ${err.message}`);
    if (!decision.write) return;
    const line: LogLine = {
      level: event?.level === "fatal" || this.#isFatal(error) ? "fatal" : "error",
      time: this.#options.clock.now(),
      msg: `${err.type}: ${err.message}`.slice(0, MAX_MESSAGE_LENGTH),
      err,
      extra: {
        mechanism,
        folded: decision.folded === 0 ? undefined : decision.folded,
        user: capture.user ? event?.user : undefined,
        body: event?.request?.body,
        userAgent: capture.headers ? event?.request?.userAgent : undefined,
        attributes: event?.attributes,
        custom: event?.custom,
      },
    };
    if (event !== undefined) line.errorId = event.id;
    if (x !== undefined) {
      line.reqId = x.requestId;
      line.req = this.#describe(x, x.route());
    }
    this.#options.writer.write(line);
  }

  #isFatal(error: unknown): boolean {
    const { fatalTypes } = this.#options;
    return fatalTypes !== undefined && fatalTypes.size > 0 && typesOf(error).some((type) => fatalTypes.has(type));
  }

  /** Whether this error object has had its line. */
  hasLogged(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#logged.has(error);
  }

  writeSlow(x: Exchange, outcome: Outcome, slowMs: number, suppressed: number): void {
    const also = suppressed === 0 ? "" : `; ${suppressed} more slow requests were not logged`;
    this.#options.writer.write({
      level: "warn",
      time: this.#options.clock.now(),
      msg: `slow request: ${Math.round(outcome.durationMs)} ms (limit ${slowMs} ms)${also}`,
      reqId: x.requestId,
      req: this.#describe(x, outcome.route),
    });
  }

  /** Something about Gatewatch itself. */
  writeNotice({ level, code, message, error }: Notice): void {
    const line: LogLine = {
      level,
      time: this.#options.clock.now(),
      msg: `gatewatch: ${this.#options.redactor.redactText(message)}`,
      extra: { code },
    };
    if (error !== undefined) line.err = describeUnrecorded(error, this.#options.redactor);
    this.#options.writer.write(line);
  }

  /** What Gatewatch does while nothing is wrong; only where the options ask for it. */
  writeDebug(message: string): void {
    const { debug, writer, clock, redactor } = this.#options;
    if (debug) writer.write({ level: "debug", time: clock.now(), msg: `gatewatch: ${redactor.redactText(message)}` });
  }

  flushSync(): void {
    this.#options.writer.flushSync();
  }

  #describe(x: Exchange, route: string | null): LoggedRequest {
    const url = this.#options.capture.query ? x.url : (x.url.split("?", 1)[0] ?? "");
    const req: LoggedRequest = {
      method: x.method,
      url: this.#redactUrl(url.length > MAX_URL_LENGTH ? `${url.slice(0, MAX_URL_LENGTH)}…` : url),
    };
    if (route !== null) req.route = route;
    const address = this.#options.showAddress(x.clientAddress);
    if (address !== undefined) req.remoteAddress = address;
    return req;
  }
}

function levelOf({ status, aborted }: Outcome): LineLevel {
  return usualLevel(status, aborted) ?? "info";
}

function describeUnrecorded(error: unknown, redactor: Redactor): LoggedError {
  try {
    if (error instanceof Error) {
      const message = redactor.redactText(String(error.message).slice(0, MAX_MESSAGE_LENGTH));
      const stack = typeof error.stack === "string" ? error.stack : message;
      return { type: error.name, message, stack: redactor.redactText(stack.slice(0, MAX_MESSAGE_LENGTH)) };
    }
    const text = redactor.redactText(String(error).slice(0, MAX_MESSAGE_LENGTH));
    return { type: typeof error, message: text, stack: text };
  } catch {
    // A hostile object whose `toString` throws.
    return { type: typeof error, message: "[unreadable]", stack: "[unreadable]" };
  }
}
