import type { AlertCondition, Attributes, IssueState, Severity } from "@gatewatch/protocol";

/** What an alert is about, complete in itself: channels render it without asking anyone. All strings are redacted but hostile. */
export interface Alert {
  /** Idempotency id, one per alert. */
  id: string;
  projectId: number;
  projectName: string;
  rule: { id: number; name: string; kind: AlertCondition["kind"] };
  at: number;
  issue: {
    id: number;
    title: string;
    culprit: string;
    state: IssueState;
    severity: Severity;
    events: number;
    users: number;
    firstSeen: number;
    release: string | null;
    environment: string | null;
  } | null;
  /** For count rules: what was counted. */
  count: { key: string; events: number; windowMs: number } | null;
  /** Facts of the newest request, for the fields of the message. */
  request: {
    status: number | null;
    path: string | null;
    method: string | null;
    client: string | null;
    userAgent: string | null;
    userId: string | null;
    username: string | null;
  } | null;
  /** First lines of the instant analysis. */
  cause: string | null;
  /** Absolute address of the issue on the dashboard, when the server knows its own. */
  link: string | null;
  /** Further alerts that were held back by the channel's cap and are told here. */
  suppressed?: number;
}

export interface OutboxRow {
  id: string;
  projectId: number;
  kind: "alert" | "digest" | "analysis";
  /** For alerts one row per channel. */
  channelId: number | null;
  payload: Attributes;
  createdAt: number;
  attempts: number;
  /** Epoch ms at which it is due. */
  dueAt: number;
  leaseUntil: number | null;
  state: "waiting" | "delivered" | "dead";
  lastError: string | null;
}

export type SendResult =
  | { ok: true }
  /** `retry: false` means trying again cannot help (4xx other than 408 and 429). */
  | { ok: false; retry: boolean; retryAfterMs?: number; message: string };

/** One way to tell people. The dashboard draws its form from `configSchema`; fields with `secret: true` are never shown again. */
export interface Channel<Config = Attributes> {
  readonly name: string;
  /** JSON Schema (object) of the configuration. */
  readonly configSchema: Attributes;
  /** Throws a `ChannelConfigError` naming key, value and what is allowed. */
  parseConfig(value: unknown): Config;
  /** Never throws; ends within 5 s. */
  send(alert: Alert, config: Config, signal: AbortSignal): Promise<SendResult>;
}
