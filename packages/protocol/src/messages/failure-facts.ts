/** A failed request, or an exception, as a message tells of it; every string may have been written by an attacker. */
export interface FailureFacts {
  /** An exception outside of any request counts as 500. */
  status: number;
  /** Without the query. */
  path: string;
  method: string;
  client?: string | null | undefined;
  userAgent?: string | null | undefined;
  userId?: string | number | null | undefined;
  username?: string | null | undefined;
  /** Epoch milliseconds. */
  at: number;
  /** How many of its kind went untold since the last message. */
  more?: number | undefined;
  service?: string | null | undefined;
}

/** Many errors of one kind in a short time. */
export interface ThresholdFacts {
  /** `error:<status>:<route>` or `exception:<type>:<route>`. */
  key: string;
  /** In the window. */
  count: number;
  threshold: number;
  windowMs: number;
  /** Further ones since the last alert of this key. */
  more: number;
  /** Epoch milliseconds. */
  at: number;
  service?: string | null | undefined;
}

/** Where and how times are told. */
export interface MessageSettings {
  /** IANA name. @default "UTC" */
  timeZone?: string;
}
