/** Who answers at a shared address, by the shape of the answer. */
export type Speaker =
  | "gatewatch"
  | "driftlock"
  | "otlp"
  | "prometheus"
  | "cerberus"
  | "agent"
  | "sentry"
  | "uploads"
  | "metrics"
  | "probe";

/** One way of asking at an address that more than one language wants. */
export interface SharedPathRow {
  /** As the docs show it, in Markdown. */
  path: string;
  /** How a request is told to be of this language: method, content type, shape of the credential. */
  sign: string;
  /** Whose request it then is, in words. */
  whose: string;
  /** A request that has the sign, and who answers it. */
  example: {
    method: string;
    path: string;
    credential: "none" | "token" | "dlk" | "wrong";
    headers?: Readonly<Record<string, string>>;
    body?: string;
    status: number;
    speaker: Speaker;
  };
}

const JSON_BODY = { "content-type": "application/json" };

/** Every address that more than one language wants. The docs' table is made of it, and a test asks a running server row by row. */
export const SHARED_PATHS: readonly SharedPathRow[] = [
  {
    path: "`/v1/metrics`",
    sign: "`POST`, `Content-Type: application/x-protobuf` or `application/json`",
    whose: "OpenTelemetry's metrics",
    example: {
      method: "POST",
      path: "/v1/metrics",
      credential: "token",
      headers: JSON_BODY,
      body: '{"resourceMetrics":[]}',
      status: 200,
      speaker: "otlp",
    },
  },
  {
    path: "`/v1/metrics`",
    sign: "`GET`",
    whose: "a scraper's: the same as `/metrics`",
    example: { method: "GET", path: "/v1/metrics", credential: "none", status: 200, speaker: "metrics" },
  },
  {
    path: "`/v1/traces`, `/v1/logs`",
    sign: "`POST` as above; no other language wants them, a key `dlk_…` is refused in OTLP's shape",
    whose: "OpenTelemetry's",
    example: {
      method: "POST",
      path: "/v1/traces",
      credential: "dlk",
      headers: JSON_BODY,
      body: "{}",
      status: 401,
      speaker: "otlp",
    },
  },
  {
    path: "`/metrics`, `/api/metrics`",
    sign: "`GET`; one answer has our names and Driftlock's",
    whose: "a scraper's",
    example: { method: "GET", path: "/api/metrics", credential: "none", status: 200, speaker: "metrics" },
  },
  {
    path: "`/healthz`, `/readyz`, `/v1/version`",
    sign: "`GET`, without a credential; one answer has the members of both",
    whose: "ours and Driftlock's",
    example: { method: "GET", path: "/v1/version", credential: "none", status: 200, speaker: "probe" },
  },
  {
    path: "`/health`",
    sign: "`GET` at the root",
    whose: "the AI-agent API's",
    example: { method: "GET", path: "/health", credential: "none", status: 200, speaker: "agent" },
  },
  {
    path: "`/api/health`",
    sign: "`GET` behind `/api`, a token",
    whose: "ours: how the server is, in detail",
    example: { method: "GET", path: "/api/health", credential: "token", status: 200, speaker: "gatewatch" },
  },
  {
    path: "`/v1/health`, `/api/v1/health`",
    sign: "`GET` behind `/v1`, without a credential",
    whose: "Driftlock's: the same as `/healthz`",
    example: { method: "GET", path: "/api/v1/health", credential: "none", status: 200, speaker: "probe" },
  },
  {
    path: "`/api/v1/query`, `query_range`, `series`, `labels`, `label/*`, `metadata`, `status/buildinfo`",
    sign: "the path alone; a read token as bearer or as basic password",
    whose: "Prometheus' API, whatever key comes with it",
    example: { method: "GET", path: "/api/v1/labels", credential: "dlk", status: 401, speaker: "prometheus" },
  },
  {
    path: "`/api/v1/analyze-error`",
    sign: "the path alone; a token as bearer",
    whose: "the AI-agent middleware's, in the shape of our errors",
    example: {
      method: "POST",
      path: "/api/v1/analyze-error",
      credential: "wrong",
      headers: JSON_BODY,
      body: "{}",
      status: 401,
      speaker: "gatewatch",
    },
  },
  {
    path: "`/v1/ingest/batch`",
    sign: "the path alone; a token in `X-Api-Key`",
    whose: "Cerberus', also where the key is `dlk_…`: then refused in its shape",
    example: {
      method: "POST",
      path: "/v1/ingest/batch",
      credential: "dlk",
      headers: JSON_BODY,
      body: '{"events":[]}',
      status: 403,
      speaker: "cerberus",
    },
  },
  {
    path: "`/v1/events`",
    sign: "`POST`; a token as bearer",
    whose: "our middleware's; Driftlock's events go to `/v1/streams/{id}/events`",
    example: {
      method: "POST",
      path: "/v1/events",
      credential: "dlk",
      headers: JSON_BODY,
      body: "{}",
      status: 401,
      speaker: "gatewatch",
    },
  },
  {
    path: "`/v1/detect`, `/v1/anomalies`, `/v1/streams`, … and the same behind `/api`",
    sign: "the path; a key `dlk_…` or a token, in `X-Api-Key` or as bearer",
    whose: "Driftlock's",
    example: { method: "GET", path: "/api/v1/streams", credential: "dlk", status: 200, speaker: "driftlock" },
  },
  {
    path: "`/v1/detect`, … by another method",
    sign: "the path alone",
    whose: "Driftlock's: 405 with `Allow`",
    example: { method: "GET", path: "/v1/detect", credential: "none", status: 405, speaker: "driftlock" },
  },
  {
    path: "`/v1/*`, `/api/v1/*` that nobody knows",
    sign: "a key that begins with `dlk_`, valid or not",
    whose: "Driftlock's 404",
    example: { method: "GET", path: "/api/v1/nothing", credential: "dlk", status: 404, speaker: "driftlock" },
  },
  {
    path: "`/v1/*`, `/api/v1/*` that nobody knows",
    sign: "any other credential, or none",
    whose: "our 404",
    example: { method: "GET", path: "/api/v1/nothing", credential: "token", status: 404, speaker: "gatewatch" },
  },
  {
    path: "`/api/<digits>/envelope/`, `store/`, `security/`",
    sign: "digits behind `/api`; a DSN's public key",
    whose: "Sentry's SDKs, whatever key comes with it",
    example: {
      method: "POST",
      path: "/api/1/store/",
      credential: "dlk",
      headers: JSON_BODY,
      body: "{}",
      status: 403,
      speaker: "sentry",
    },
  },
  {
    path: "`/api/0/*`",
    sign: "the digit 0 behind `/api`; a token of ours as bearer",
    whose: "sentry-cli's and the bundler plugins', whatever key comes with it",
    example: { method: "GET", path: "/api/0/", credential: "dlk", status: 401, speaker: "uploads" },
  },
  {
    path: "`/api/anomalies`, `/api/streams`, `/api/detect`",
    sign: "`/api` without `/v1`; a token as bearer, or a session",
    whose: "ours; Driftlock's stand behind `/v1`, with and without `/api` before it",
    example: { method: "GET", path: "/api/streams", credential: "dlk", status: 401, speaker: "gatewatch" },
  },
];
