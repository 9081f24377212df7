export type RedisFailure =
  /** Not connected, or known to be away: nothing was sent. */
  | "away"
  /** No answer within the deadline. */
  | "timeout"
  /** The connection or the client failed. */
  | "connection"
  /** Redis answered with an error. */
  | "refused"
  /** The answer makes no sense. */
  | "garbage";

/** Why a call of Redis gave no answer that can be used. */
export class RedisError extends Error {
  override readonly name = "RedisError";
  readonly failure: RedisFailure;

  constructor(failure: RedisFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}
