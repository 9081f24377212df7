import type { Json } from "@gatewatch/protocol";
import { ApiError, type ApiErrorCode } from "../model/api-error.ts";

/** The frame as a whole cannot be taken; a decoder throws it and the client gets its code and message. */
export class IntakeError extends ApiError {
  constructor(code: ApiErrorCode, message: string, extra: { details?: Json } = {}) {
    super(code, message, extra);
    this.name = "IntakeError";
  }
}

/** The body is not what the wire describes: 400, not to be retried. */
export function unreadableFrame(message: string): IntakeError {
  return new IntakeError("unreadable_frame", message);
}
