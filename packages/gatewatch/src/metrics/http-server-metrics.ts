import type { BoundGauge, BoundHistogram, Gauge, Histogram, Instruments, Labels } from "../gate/instruments.ts";
import type { Exchange, Outcome } from "../gate/exchange.ts";

/** RFC 9110 and RFC 5789; a client may write any other word (OpenTelemetry: `_OTHER`). */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "_OTHER"];
const OTHER = METHODS.length - 1;
const METHOD_INDEX: ReadonlyMap<string, number> = new Map(METHODS.map((method, index) => [method, index]));
const LABELS = ["http.request.method", "url.scheme", "http.response.status_code", "http.route", "error.type"];
const SIZE_BUCKETS: readonly number[] = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const ERROR_NAME = /^[A-Za-z_$][\w$.]{0,63}$/;

/** The rows of one kind of request. */
interface Rows {
  duration: BoundHistogram;
  requestSize: BoundHistogram;
  responseSize: BoundHistogram;
}

/** What OpenTelemetry's conventions for HTTP servers measure, by route template and never by path. */
export class HttpServerMetrics {
  readonly #duration: Histogram;
  readonly #active: Gauge;
  readonly #requestSize: Histogram;
  readonly #responseSize: Histogram;
  /** By route, then by method, scheme and status: what comes again and again is found by two look-ups. */
  readonly #usual = new Map<string | null, Map<number, Rows>>();
  readonly #usualActive: (BoundGauge | undefined)[] = [];
  readonly #maxUsual: number;
  #usualCount = 0;

  constructor(instruments: Instruments, durationBuckets: readonly number[], maxSeries: number) {
    this.#maxUsual = maxSeries;
    this.#duration = instruments.histogram("http.server.request.duration", {
      help: "Duration of HTTP server requests.",
      unit: "s",
      labels: LABELS,
      buckets: durationBuckets,
    });
    this.#active = instruments.gauge("http.server.active_requests", {
      help: "Number of active HTTP server requests.",
      unit: "{request}",
      labels: LABELS.slice(0, 2),
    });
    this.#requestSize = instruments.histogram("http.server.request.body.size", {
      help: "Size of HTTP server request bodies.",
      unit: "By",
      labels: LABELS,
      buckets: SIZE_BUCKETS,
    });
    this.#responseSize = instruments.histogram("http.server.response.body.size", {
      help: "Size of HTTP server response bodies.",
      unit: "By",
      labels: LABELS,
      buckets: SIZE_BUCKETS,
    });
  }

  /** A request has come; what is returned goes to `add(-1)` when it is over. */
  begin(x: Exchange): BoundGauge {
    const method = METHOD_INDEX.get(x.method) ?? OTHER;
    const isSecure = x.scheme === "https";
    const key = method * 2 + (isSecure ? 1 : 0);
    const row = (this.#usualActive[key] ??= this.#active.with({
      "http.request.method": METHODS[method],
      "url.scheme": isSecure ? "https" : "http",
    }));
    row.add(1);
    return row;
  }

  finish(x: Exchange, outcome: Outcome, keepsTraces: boolean): void {
    const { status, aborted, route } = outcome;
    const isFailed = aborted || status >= 500 || status === 0;
    const rows = isFailed ? this.#find(x, outcome, errorTypeOf(outcome)) : this.#findUsual(x, outcome, route);
    const trace = keepsTraces && x.trace.sampled ? x.trace : undefined;
    rows.duration.observe(outcome.durationMs / 1000, trace);
    if (outcome.requestBytes > 0) rows.requestSize.observe(outcome.requestBytes, trace);
    if (status !== 0) rows.responseSize.observe(outcome.responseBytes, trace);
  }

  #findUsual(x: Exchange, outcome: Outcome, route: string | null): Rows {
    const method = METHOD_INDEX.get(x.method) ?? OTHER;
    const key = outcome.status * 32 + method * 2 + (x.scheme === "https" ? 1 : 0);
    const known = this.#usual.get(route);
    const rows = known?.get(key);
    if (rows !== undefined) return rows;
    const found = this.#find(x, outcome, undefined);
    if (this.#usualCount < this.#maxUsual) {
      this.#usualCount++;
      if (known === undefined) this.#usual.set(route, new Map([[key, found]]));
      else known.set(key, found);
    }
    return found;
  }

  #find(x: Exchange, { status, route }: Outcome, errorType: string | undefined): Rows {
    const labels: Labels = {
      "http.request.method": METHODS[METHOD_INDEX.get(x.method) ?? OTHER],
      "url.scheme": x.scheme,
      "http.response.status_code": status === 0 ? undefined : status,
      "http.route": route,
      "error.type": errorType,
    };
    return {
      duration: this.#duration.with(labels),
      requestSize: this.#requestSize.with(labels),
      responseSize: this.#responseSize.with(labels),
    };
  }
}

/** The exception's own name where there is one, else the status, else that the client went away. */
function errorTypeOf({ error, status, aborted }: Outcome): string {
  const name = error instanceof Error ? nameOf(error) : undefined;
  if (name !== undefined) return ERROR_NAME.test(name) ? name : "_OTHER";
  if (status >= 500) return String(status);
  return aborted || status === 0 ? "aborted" : "_OTHER";
}

function nameOf(error: Error): string | undefined {
  try {
    return typeof error.name === "string" ? error.name : undefined;
  } catch {
    return undefined;
  }
}
