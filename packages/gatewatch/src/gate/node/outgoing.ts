import type { ServerResponse } from "node:http";

export type Callback = (error?: Error | null) => void;

/** What apps hand over as a part of a body. */
export type Piece = string | Uint8Array;

/** The parts of Node's `OutgoingMessage` that make a head; no other part of Gatewatch touches them. */
export interface Outgoing extends ServerResponse {
  _header: string | null;
  _headerSent: boolean;
  _contentLength: number | null;
  /** Lines of the trailers so far. */
  _trailer: string;
  chunkedEncoding: boolean;
  _implicitHeader(): void;
}

export function isPiece(chunk: unknown): chunk is Piece {
  return typeof chunk === "string" || chunk instanceof Uint8Array;
}

export function toBytes(piece: Piece, encoding: unknown): Uint8Array {
  return typeof piece === "string" ? Buffer.from(piece, toEncoding(encoding)) : piece;
}

export function lengthOf(piece: Piece, encoding: unknown): number {
  return typeof piece === "string" ? Buffer.byteLength(piece, toEncoding(encoding)) : piece.byteLength;
}

/** Whether a text leaves as what it says. */
export function isUtf8(encoding: unknown): boolean {
  return encoding === undefined || encoding === null || encoding === "utf8" || encoding === "utf-8";
}

function toEncoding(encoding: unknown): BufferEncoding {
  // Node itself will say what it thinks of an encoding that there is not.
  return typeof encoding === "string" && Buffer.isEncoding(encoding) ? encoding : "utf8";
}

/** Answers that end with their head. */
export function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || method === "CONNECT" || status === 204 || status === 304 || status < 200;
}
