import type { Packed } from "./compress.ts";

/** What is sent and retried as a whole, under an id made once. */
export interface Batch {
  /** UUIDv7. */
  readonly id: string;
  readonly events: number;
  /** UTF-8 of one `NativeBatch`. */
  readonly json: Buffer;
  /** Drops that it reports; given back when it never arrives. */
  readonly drops: Readonly<Record<string, number>>;
  /** A half of a batch that was too large; it is not split again. */
  readonly half: boolean;
  /** The compressed form, kept after its first making. */
  packed?: Packed;
}

/** How one attempt ended. */
export type SendResult =
  | { kind: "delivered"; rejected: number; duplicate: boolean }
  /** Worth another attempt, at the earliest after `afterMs`; `suspect`: this very batch may be the cause. */
  | { kind: "retry"; message: string; afterMs?: number; suspect?: boolean }
  /** This batch will never be taken. */
  | { kind: "refused"; message: string }
  | { kind: "tooLarge"; message: string }
  /** No batch will be taken with these credentials. */
  | { kind: "unauthorized"; message: string };

/** One way to the server. `send` never rejects. */
export interface Transport {
  send(batch: Batch): Promise<SendResult>;
  close(): void;
}
