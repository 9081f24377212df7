import type { Attributes, IssueState, Severity } from "@gatewatch/protocol";
import type { AlertFacts } from "@gatewatch/protocol/alert-message/alert-facts";

/** What an alert is about, complete in itself: channels render it without asking anyone. All strings are redacted but hostile. */
export interface Alert extends AlertFacts {
  /** Idempotency id, one per alert. */
  id: string;
  projectId: number;
  rule: { id: number; name: string; kind: AlertFacts["rule"]["kind"] };
  issue: (NonNullable<AlertFacts["issue"]> & { id: number; state: IssueState; severity: Severity }) | null;
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
