import type { Call } from "./call-server.ts";
import { isRecord } from "./detect-errors.ts";

export interface AnomalyFilter {
  limit?: number;
  stream_id?: string;
  page_token?: string;
  offset?: number;
  min_ncd?: number;
  max_p_value?: number;
  status?: string;
  since?: string;
  until?: string;
  has_evidence?: boolean;
}

/** An anomaly that the server keeps. */
export interface StoredAnomaly {
  id: string;
  stream_id: string;
  status: string;
  detected_at: string;
  explanation?: string;
  [name: string]: unknown;
}

export type FeedbackType = "false_positive" | "confirmed" | "dismissed";
export type ExportFormat = "json" | "markdown" | "html" | "pdf";

export interface AnomalyCalls {
  list(filter?: AnomalyFilter): Promise<{ anomalies: StoredAnomaly[]; total?: number; next_page_token?: string }>;
  get(id: string): Promise<StoredAnomaly>;
  feedback(id: string, type: FeedbackType, reason?: string): Promise<Record<string, unknown>>;
  export(id: string, format?: ExportFormat): Promise<Record<string, unknown>>;
  exportMany(filters?: AnomalyFilter, format?: ExportFormat): Promise<Record<string, unknown>>;
}

type Send = (call: Call) => Promise<unknown>;

export function createAnomalyCalls(send: Send): AnomalyCalls {
  const post = (path: string, body: unknown): Promise<Record<string, unknown>> =>
    send({ method: "POST", path, body }) as Promise<Record<string, unknown>>;
  return {
    async list(filter = {}) {
      const answer = await send({ method: "GET", path: `/v1/anomalies${toQuery(filter)}` });
      const given = isRecord(answer) ? answer : {};
      // An empty list has come as null.
      return { ...given, anomalies: Array.isArray(given["anomalies"]) ? (given["anomalies"] as StoredAnomaly[]) : [] };
    },
    get: (id) => send({ method: "GET", path: `/v1/anomalies/${encodeURIComponent(id)}` }) as Promise<StoredAnomaly>,
    feedback: (id, type, reason) =>
      post(`/v1/anomalies/${encodeURIComponent(id)}/feedback`, {
        feedback_type: type,
        ...(reason === undefined ? {} : { reason }),
      }),
    export: (id, format = "json") =>
      post(`/v1/anomalies/${encodeURIComponent(id)}/export`, { format, delivery: INLINE }),
    exportMany: (filters = {}, format = "json") => post("/v1/anomalies/export", { format, filters, delivery: INLINE }),
  };
}

const INLINE = { type: "inline" };

export function toQuery(values: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
