import { typesOf } from "../types-of.ts";
import { isErrorStatus, type StatusByType } from "../../options/values/parse-status-table.ts";

/** The status that answers an exception: by its type, else the one that it carries (`status`, `statusCode`), else 500. */
export function resolveStatus(error: unknown, table: StatusByType | null): number {
  if (table !== null) {
    for (const type of typesOf(error)) if (Object.hasOwn(table, type)) return table[type]!;
  }
  if (typeof error !== "object" || error === null) return 500;
  try {
    const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
    if (isErrorStatus(status)) return status;
    if (isErrorStatus(statusCode)) return statusCode;
  } catch {
    // Getters of the app's errors may throw.
  }
  return 500;
}

/** Whether the thrower meant the message for the client: `expose` of http-errors, `validation` of Fastify. Never for 5xx. */
export function isExposed(error: unknown, status: number): boolean {
  if (status >= 500 || typeof error !== "object" || error === null) return false;
  try {
    const { expose, validation } = error as { expose?: unknown; validation?: unknown };
    return expose === true || Array.isArray(validation);
  } catch {
    return false;
  }
}
