import type { NativeBatch, RejectedEvent } from "@gatewatch/protocol";

/**
 * One client language: bytes in, a checked and redacted native batch out. Pure; throws `IntakeError` when the frame cannot be read.
 * `columns.request` holds every request event; `events` the rest.
 */
export interface Decoder {
  readonly name: string;
  decode(bytes: Uint8Array, context: DecodeContext): DecodedBatch;
}

export interface DecodeContext {
  projectId: number;
  receivedAt: number;
  /** Key for pseudonymising addresses of clients that did not; null: such addresses are dropped. */
  addressKey: Uint8Array | null;
  /** Where the connection comes from, where a client leaves it to the server to tell. */
  address?: string;
}

export interface DecodedBatch {
  batchId: Uint8Array;
  /** False when the server made the id, so that a retry cannot be recognised. */
  idempotent: boolean;
  batch: NativeBatch;
  /** Canonical JSON of `batch`, what the journal keeps. */
  body: Uint8Array;
  accepted: number;
  rejected: RejectedEvent[];
  /** Items that were understood and of which nothing is kept. */
  leftOut?: number;
  /** Further batches of the same request: each has a resource of its own. */
  also?: readonly DecodedBatch[];
}
