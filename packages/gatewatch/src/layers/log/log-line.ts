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
  path?: string;
  query?: Readonly<Record<string, string | string[]>>;
  headers?: Readonly<Record<string, string | string[]>>;
  userAgent?: string;
  contentLength?: number;
  host?: string;
  scheme?: string;
  body?: unknown;
}

export interface LoggedResponse {
  statusCode: number;
  /** Sent. */
  bytes: number;
  contentType?: string;
  contentLength?: number;
}

/** Who makes the request; null: nobody that the app knows. */
export interface LoggedUser {
  id: string | number | null;
  username: string | null;
}

/** One line of the local log, with pino's field names. */
export interface LogLine {
  level: LineLevel;
  time: number;
  msg: string;
  reqId?: string;
  req?: LoggedRequest;
  res?: LoggedResponse;
  /** Milliseconds. */
  responseTime?: number;
  aborted?: true;
  err?: LoggedError;
  errorId?: string;
  user?: LoggedUser;
  /** Anything else, for example the context of an exception. */
  extra?: Readonly<Record<string, unknown>>;
}

/** Writes lines somewhere; never throws. */
export interface LineWriter {
  write(line: LogLine): void;
  /** Puts out what is still held, before it returns. */
  flushSync(): void;
}
