import type { Json } from "./event.ts";

/** What is done about texts that fit a pattern. */
export interface PiiRule {
  /** With the flag `g`. */
  pattern: RegExp;
  /** `hash` is HMAC-SHA256 under the secret key, and `redact` while there is none. */
  action: "redact" | "hash";
  /** Names of members, whose whole value is then replaced; texts inside of values; or both. */
  applyTo: "keys" | "values" | "both";
}

/** What happened, before it is cleaned and signed: everything here may hold secrets. */
export interface CerberusFacts {
  /** A path, or `llm://provider/model`, or `mcp://server/handler`. */
  endpoint: string;
  method: string;
  /** Whether it was HTTPS, or the kind of call. */
  scheme: boolean | "llm" | "mcp";
  /** Epoch milliseconds. */
  time: number;
  /** Client address as it is. */
  address?: string | undefined;
  userAgent?: string | undefined;
  userId?: string | undefined;
  customData?: Record<string, Json> | undefined;
  headers?: Record<string, string | string[]> | undefined;
  query?: Record<string, string | string[]> | undefined;
  body?: Json | undefined;
  responseBody?: Json | undefined;
  status?: number | undefined;
  latencyMs?: number | undefined;
}

/** One text frame of the Cerberus wire, members in its order. */
export interface CerberusEvent {
  api_key: string;
  client_id: string;
  /** The key again. */
  token: string;
  /** 64 hex digits of HMAC-SHA256, or null. */
  source_ip: string | null;
  endpoint: string;
  scheme: boolean | "llm" | "mcp";
  method: string;
  /** ISO 8601. */
  timestamp: string;
  custom_data: Record<string, Json> | null;
  user_agent: string | null;
  user_id: string | null;
  status_code?: number;
  latency_ms?: number;
  headers?: Record<string, string | string[]>;
  query_params?: Record<string, string | string[]>;
  body?: Json;
  response_body?: Json;
}
