import { type Call, callServer, type CallSettings } from "./call-server.ts";
import { type AnomalyCalls, createAnomalyCalls } from "./anomaly-calls.ts";
import { coerceNumerals } from "./coerce-numerals.ts";
import { createEventStream, type EventStream, type EventStreamOptions } from "./event-stream.ts";
import { createUnavailable, type DetectEvent, type DetectResult } from "./detection.ts";
import { monitorFunction, type MonitorOptions } from "./monitor-function.ts";
import { readGatewatchResult } from "./read-gatewatch-result.ts";
import { readDetectResult } from "./read-detect-result.ts";
import { createStreamCalls, type StreamCalls } from "./stream-calls.ts";
import { wrapOpenAI, type WrapOpenAIOptions } from "./wrap-open-ai.ts";

export interface GatewatchDetectOptions {
  /** Address of the server; the paths of its calls are added. */
  baseUrl: string;
  /** A key, sent as `X-Api-Key`, or a token of a Gatewatch server's project, sent as `Authorization: Bearer`. @default none */
  apiKey?: string;
  /** How events are brought to judgement: `gatewatch` by `POST /api/detect`, `driftlock` by `POST /v1/detect`. @default "gatewatch" for a token (`gatewatch_in_…`), else "driftlock" */
  protocol?: "gatewatch" | "driftlock";
  /** One attempt, its answer included (ms). @default 10000 */
  timeoutMs?: number;
  /** Attempts after the first one. @default 3 */
  maxRetries?: number;
  /** First step of the exponential backoff (ms). @default 1000 */
  retryDelayMs?: number;
  /** Longest wait between two attempts (ms); a longer `Retry-After` ends the call. @default 30000 */
  maxRetryDelayMs?: number;
  /** Numerals in texts are sent as numbers. @default true */
  coerceNumbers?: boolean;
  /** Hears of failed attempts: methods and paths, never contents. */
  debug?: (message: string) => void;
  /** @default the runtime's own */
  fetch?: typeof fetch;
}

export interface DetectCallOptions {
  /** One attempt, its answer included (ms). */
  timeoutMs?: number;
  maxRetries?: number;
  /** Settings of the detector for this call alone; of Driftlock's protocol. */
  configOverride?: Readonly<Record<string, number | string>>;
}

/** A client of the detection server; only web APIs are used, so that it runs at the edge as well. */
export interface GatewatchDetect {
  /** The server's judgement of a batch (1 to 1,000 events). @throws DetectError and its subclasses */
  detect(streamId: string, events: readonly DetectEvent[], options?: DetectCallOptions): Promise<DetectResult>;
  /**
   * The judgement of one event for code that must go on in any case: never rejects. Without an answer within `deadlineMs` (200 by default) there
   * are no anomalies, and the status is `unavailable`.
   */
  check(streamId: string, event: DetectEvent, deadlineMs?: number): Promise<DetectResult>;
  createStream(options: EventStreamOptions): EventStream;
  /** The same function; each call becomes an event of the stream. */
  monitor<This, Args extends unknown[], Result>(
    run: (this: This, ...args: Args) => Result,
    options: MonitorOptions,
  ): (this: This, ...args: Args) => Result;
  /** The same client of OpenAI; each call of a model becomes an event. */
  wrapOpenAI<T extends object>(openai: T, options: WrapOpenAIOptions): T;
  readonly anomalies: AnomalyCalls;
  readonly streams: StreamCalls;
  health(): Promise<Record<string, unknown>>;
  ready(): Promise<Record<string, unknown>>;
  version(): Promise<Record<string, unknown>>;
  /** Sends what `monitor` has gathered. */
  close(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 200;
const MAX_STREAMS = 100;

/** @throws TypeError when `baseUrl` is no http address */
export function gatewatchDetect(options: GatewatchDetectOptions): GatewatchDetect {
  const { timeoutMs = 10_000, maxRetries = 3, retryDelayMs = 1_000, maxRetryDelayMs = 30_000 } = options;
  const { coerceNumbers = true, fetch: send = (...args) => fetch(...args) } = options;
  const { apiKey = "" } = options;
  const { protocol = TOKEN.test(apiKey) ? "gatewatch" : "driftlock" } = options;
  const settings: CallSettings = {
    baseUrl: readBaseUrl(options.baseUrl),
    credential: nameCredential(apiKey, protocol),
    timeoutMs,
    maxRetries,
    retryDelayMs,
    maxRetryDelayMs,
    fetch: send,
    random: Math.random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    log: options.debug,
  };
  const call = (what: Call): Promise<unknown> => callServer(settings, what);
  const monitored = new Map<string, EventStream>();

  async function detect(
    streamId: string,
    events: readonly DetectEvent[],
    { configOverride, ...limits }: DetectCallOptions = {},
  ): Promise<DetectResult> {
    const sent = coerceNumbers ? events.map((event) => coerceEvent(event)) : events;
    if (protocol === "gatewatch") {
      const order = {
        method: "POST" as const,
        path: "/api/detect",
        body: { stream: streamId, events: sent },
        ...limits,
      };
      return readGatewatchResult(await call(order), sent);
    }
    const body: Record<string, unknown> = { stream_id: streamId, events: sent };
    if (configOverride !== undefined) body["config_override"] = configOverride;
    return readDetectResult(await call({ method: "POST", path: "/v1/detect", body, ...limits }), events.length);
  }

  async function check(streamId: string, event: DetectEvent, deadlineMs = DEFAULT_DEADLINE_MS): Promise<DetectResult> {
    try {
      return await detect(streamId, [event], { timeoutMs: deadlineMs, maxRetries: 0 });
    } catch {
      return createUnavailable(1);
    }
  }

  /** One stream for each id: functions that are monitored come together. */
  function streamOf(streamId: string): EventStream {
    const known = monitored.get(streamId);
    if (known !== undefined) return known;
    const stream = createEventStream({}, (events) => detect(streamId, events));
    if (monitored.size < MAX_STREAMS) monitored.set(streamId, stream);
    return stream;
  }

  return {
    detect,
    check,
    createStream: ({ streamId, ...rest }) => createEventStream(rest, (events) => detect(streamId, events)),
    monitor: (run, { streamId, ...rest }) => {
      const stream = streamOf(streamId);
      return monitorFunction(run, rest, (event) => void stream.push(event));
    },
    wrapOpenAI: (openai, { streamId, ...rest }) =>
      wrapOpenAI(openai, rest, (event) => check(streamId, event, timeoutMs)),
    anomalies: createAnomalyCalls(call),
    streams: createStreamCalls(call),
    health: () => call({ method: "GET", path: "/healthz", isAnswer }) as Promise<Record<string, unknown>>,
    ready: () => call({ method: "GET", path: "/readyz", isAnswer }) as Promise<Record<string, unknown>>,
    version: () => call({ method: "GET", path: "/v1/version" }) as Promise<Record<string, unknown>>,
    async close() {
      await Promise.all([...monitored.values()].map((stream) => stream.close()));
    },
  };
}

const TOKEN = /^gatewatch_(?:in|rd|ad)_/;

function nameCredential(apiKey: string, protocol: "gatewatch" | "driftlock"): Record<string, string> {
  if (apiKey === "") return {};
  return protocol === "gatewatch" ? { authorization: `Bearer ${apiKey}` } : { "x-api-key": apiKey };
}

/** A server that is not well says so in its answer. */
const isAnswer = (status: number): boolean => status === 503;

/** The numbers are in `body`; what stands beside it are names and times. */
function coerceEvent(event: DetectEvent): DetectEvent {
  return event !== null && typeof event === "object" && "body" in event
    ? { ...event, body: coerceNumerals(event["body"]) }
    : (coerceNumerals(event) as DetectEvent);
}

function readBaseUrl(text: unknown): string {
  if (typeof text === "string" && /^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new TypeError(`baseUrl is ${JSON.stringify(text)}; expected an address that begins with http:// or https://`);
}
