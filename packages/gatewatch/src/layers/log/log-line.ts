/** The levels of pino. */
export const LOG_LEVELS = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LineLevel = keyof typeof LOG_LEVELS;

/** An exception as pino's serializer shapes it. */
export interface LoggedError {
  type: string;
  message: string;
  stack: string;
  code?: string;
}

export interface LoggedRequest {
  method: string;
  url: string;
  route?: string;
  remoteAddress?: string;
}

/** One line of the local log, with pino's field names. */
export interface LogLine {
  level: LineLevel;
  time: number;
  msg: string;
  reqId?: string;
  req?: LoggedRequest;
  res?: { statusCode: number; bytes: number };
  /** Milliseconds. */
  responseTime?: number;
  aborted?: true;
  err?: LoggedError;
  errorId?: string;
  /** Anything else, for example the context of an exception. */
  extra?: Readonly<Record<string, unknown>>;
}

/** Writes lines somewhere; never throws. */
export interface LineWriter {
  write(line: LogLine): void;
  /** Puts out what is still held, before it returns. */
  flushSync(): void;
}
