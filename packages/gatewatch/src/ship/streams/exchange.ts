/** What a process hands in, and asks for, of one stream. */
export interface ExchangeOrder {
  stream: string;
  /** What it has seen since its last exchange, and the number of that; without it, the state alone is asked for. */
  delta?: { sequence: number; bytes: Uint8Array } | undefined;
  /** Names the state that is known already. */
  etag: string | undefined;
}

export type ExchangeAnswer =
  /** What all processes know. */
  | { kind: "state"; snapshot: Uint8Array; etag: string | undefined }
  /** Nothing has changed. */
  | { kind: "same" }
  /** Nobody has told of this stream. */
  | { kind: "none" }
  /** What was handed in will never be taken. */
  | { kind: "refused" }
  | { kind: "retry"; afterMs?: number | undefined };

/** One exchange with the server. Rejects when there is no answer. */
export type Exchange = (order: ExchangeOrder) => Promise<ExchangeAnswer>;
