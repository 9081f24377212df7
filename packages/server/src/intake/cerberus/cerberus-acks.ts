import type { ApiError, ApiErrorCode } from "../../model/api-error.ts";

/** What follows a frame, exactly once. Clients read none of it; people with a debugger do. */
export type CerberusAck = { status: "ok" } | { status: "error"; error: string; message: string };

const OWN_CODES: Partial<Record<ApiErrorCode, string>> = {
  unauthorized: "invalid_api_key",
  forbidden: "invalid_api_key",
};

export function toErrorAck({ code, message }: Pick<ApiError, "code" | "message">): CerberusAck {
  return { status: "error", error: OWN_CODES[code] ?? code, message };
}
