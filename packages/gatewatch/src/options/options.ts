import type { AccessLogOptions } from "./groups/access-log.ts";
import type { AnomalyOptions } from "./groups/anomaly.ts";
import type { CerberusOptions } from "./groups/cerberus.ts";
import type { EmailOptions } from "./groups/email.ts";
import type { ErrorBoundaryOptions } from "./groups/error-boundary.ts";
import type { RequestIdOptions } from "./groups/request-id.ts";
import type { SlackOptions } from "./groups/slack.ts";
import type { TimingOptions } from "./groups/timing.ts";
import type { CompressionOptions } from "./groups/compression.ts";
import type { CacheOptions } from "./groups/cache.ts";
import type { CorsOptions } from "./groups/cors.ts";
import type { CustomMetricsOptions } from "./groups/custom-metrics.ts";
import type { MetricsOptions } from "./groups/metrics.ts";
import type { RateLimitOptions } from "./groups/rate-limit.ts";
import type { SecurityHeadersOptions } from "./groups/security-headers.ts";
import type { OtherNames } from "./other-names.ts";
import type { PresetName } from "./presets.ts";

/** What is shown of client addresses: as they are, as HMAC-SHA256 under the secret (nothing without one), or nothing. */
export type AddressPolicy = "keep" | "hash" | "drop";

export interface RecordOptions {
  /** @default true */
  enabled: boolean;
  /** Finished requests become events; errors do in any case. @default true */
  requests: boolean;
  /** Share of requests that become events, 0 to 1; those with a status of 500 or above, or with an exception, always do. @default 1 */
  sampleRate: number;
}

export interface CaptureOptions {
  /** Bodies of POST, PUT and PATCH are attached to errors. @default true */
  body: boolean;
  /** Longer bodies are replaced by `[Body too large: n bytes]`. @default 10000 */
  maxBodyBytes: number;
  /** Request headers are attached to errors, redacted. @default true */
  headers: boolean;
  /** Query fields are attached to errors, redacted. @default true */
  query: boolean;
  /** The user is attached to events. @default true */
  user: boolean;
  /** The user's e-mail address is kept. @default false */
  userEmail: boolean;
  /** Five source lines around each of the app's own frames. @default true */
  source: boolean;
}

export interface RedactOptions {
  /** Further key names whose value is replaced. @default [] */
  keys: readonly string[];
  /** Key names that are kept although a built-in rule names them. @default [] */
  allowKeys: readonly string[];
  /** Further header names whose value is replaced. @default [] */
  headers: readonly string[];
  /** Further patterns whose matches in texts are replaced. @default [] */
  patterns: readonly string[];
  /** E-mail addresses in texts are replaced too. @default false */
  email: boolean;
}

export interface DeliveryOptions {
  /** `stream`: WebSocket with HTTP as the fallback. @default "stream" */
  transport: "stream" | "http";
  /** Events waiting in memory; the oldest go first when it is full. @default 10000 */
  maxQueueEvents: number;
  /** @default 16777216 */
  maxQueueBytes: number;
  /** @default 500 */
  maxBatchEvents: number;
  /** How long an event may wait for company (ms). @default 1000 */
  batchDelayMs: number;
  /** One request to the server, its answer included (ms). @default 5000 */
  timeoutMs: number;
  /** What a shutdown may wait for the last events (ms). @default 2000 */
  shutdownMs: number;
  /** Batches wait on disk while the server is away. @default true */
  spool: boolean;
  /** Folder of those batches; null: a folder of this user's own in the system's temporary folder. @default null */
  spoolFolder: string | null;
  /** @default 67108864 */
  maxSpoolBytes: number;
}

export interface AgentOptions {
  /** Full address that receives each error as JSON (`AI_AGENT_ENDPOINT`). @default null */
  endpoint: string | null;
  /** Sent as `Authorization: Bearer`. @default null */
  apiKey: string | null;
  /** @default 5000 */
  timeoutMs: number;
  /** What that address sees of client addresses; null: as `clientAddress` says. @default null */
  clientAddress: AddressPolicy | null;
}

export interface ProcessOptions {
  /** Exceptions that end the process are recorded; the process still ends. @default false */
  uncaughtException: boolean;
  /** Unhandled rejections are recorded; what Node or the app does about them stays. @default false */
  unhandledRejection: boolean;
  /** SIGTERM, SIGINT and the end of the event loop flush the queue. @default true */
  flushOnExit: boolean;
}

/** Everything that can be set, by code or by environment. */
export interface ConfigValues {
  /** Values that belong together: see the page about presets. @default null */
  preset: PresetName | null;
  /** Whether events are delivered; the local log stays. @default true */
  enabled: boolean;
  /** Base address of the Gatewatch server; without it there is only the local log. @default null */
  url: string | null;
  /** Ingest token of a project. @default null */
  token: string | null;
  /** `await`: the answer to a failed request waits until its error is delivered (at most `delivery.timeoutMs`). @default "background" */
  mode: "background" | "await";
  /** `NODE_ENV` when not set. @default "development" */
  environment: string;
  /** Version of the app. @default null */
  release: string | null;
  /** Name of the app. @default null */
  service: string | null;
  /** Name of this machine; the system's own when not set. @default null */
  hostName: string | null;
  /** Peers that may speak for others: addresses, CIDR blocks, names of ranges (`loopback`, `linklocal`, `uniquelocal`, `private`, `cgnat`). @default [] */
  trustProxy: readonly string[];
  /** What the server and `sinks` see of client addresses; `hash` drops them without a secret. @default "hash" */
  clientAddress: AddressPolicy;
  /** Key of the pseudonyms (HMAC-SHA256) of client addresses. @default null */
  secret: string | null;
  /** The local log says which options are set (names, never values), when connections open and end, and which batches were sent. @default false */
  debug: boolean;
  /** Zone in which messages and text lines tell times (IANA name). @default "UTC" */
  timeZone: string;
  /** Paths that pass by unseen. @default [] */
  skip: readonly string[];
  requestId: RequestIdOptions;
  accessLog: AccessLogOptions;
  timing: TimingOptions;
  errorBoundary: ErrorBoundaryOptions;
  securityHeaders: SecurityHeadersOptions;
  cors: CorsOptions;
  rateLimit: RateLimitOptions;
  cache: CacheOptions;
  compression: CompressionOptions;
  customMetrics: CustomMetricsOptions;
  anomaly: AnomalyOptions;
  metrics: MetricsOptions;
  record: RecordOptions;
  capture: CaptureOptions;
  redact: RedactOptions;
  delivery: DeliveryOptions;
  agent: AgentOptions;
  cerberus: CerberusOptions;
  slack: SlackOptions;
  email: EmailOptions;
  process: ProcessOptions;
}

/** Where a list of texts is meant one item will do; its commas separate. */
type GivenValue<V> = V extends readonly (infer Item)[] ? (string extends Item ? V | Item : V) : V;
type GivenGroup<T> = { [K in keyof T]?: GivenValue<T[K]> };

type NamesOf<K> = K extends keyof OtherNames ? OtherNames[K] : unknown;

type Given<T> = {
  [K in keyof T]?: T[K] extends { enabled: boolean }
    ? (GivenGroup<T[K]> & NamesOf<K>) | boolean
    : T[K] extends readonly string[] | string | number | boolean | null
      ? GivenValue<T[K]>
      : GivenGroup<T[K]>;
};

/** Settings given by code. A group that has `enabled` may be given as `true` or `false`, a list of texts as one of them. */
export type ConfigOptions = Given<ConfigValues>;
