import { STORE_ERRORS, StoreError, type StoreErrorCode } from "./store-error.ts";

export const STORE_GROUPS = [
  "control",
  "issues",
  "telemetry",
  "anomalies",
  "clients",
  "outbox",
  "budget",
  "maintenance",
] as const;
export type StoreGroup = (typeof STORE_GROUPS)[number];

export interface StoreCall {
  type: "store.call";
  id: number;
  group: StoreGroup;
  method: string;
  args: unknown[];
}

export type StoreReply =
  | { type: "store.reply"; id: number; ok: true; value: unknown }
  | { type: "store.reply"; id: number; ok: false; error: PlainError };

/** What of an error crosses between threads: no stack, no cause. */
export interface PlainError {
  name: string;
  code: string | null;
  message: string;
}

export function isStoreCall(message: unknown): message is StoreCall {
  if (!isMessage(message, "store.call")) return false;
  const { group, method, args } = message as Partial<StoreCall>;
  return STORE_GROUPS.some((known) => known === group) && typeof method === "string" && Array.isArray(args);
}

export function isStoreReply(message: unknown): message is StoreReply {
  return isMessage(message, "store.reply");
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: "Error", code: null, message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  return { name: error.name, code, message: error.message };
}

export function toRealError({ name, code, message }: PlainError): Error {
  if (name === "StoreError" && code !== null && isStoreErrorCode(code)) return new StoreError(code, message);
  const error = Object.assign(new Error(message), code === null ? {} : { code });
  error.name = name;
  return error;
}

function isStoreErrorCode(code: string): code is StoreErrorCode {
  return Object.hasOwn(STORE_ERRORS, code);
}

function isMessage(message: unknown, type: string): boolean {
  return typeof message === "object" && message !== null && "type" in message && message.type === type;
}
