import { API_ERRORS, type ApiError, type ApiErrorCode } from "../../model/api-error.ts";
import type { Encoding, Signal } from "./create-otlp-decoders.ts";

/** Codes of google.rpc.Code. */
const RPC_CODES: Record<ApiErrorCode, number> = {
  unreadable_frame: 3,
  invalid_request: 3,
  unsupported_media_type: 3,
  payload_too_large: 3,
  not_found: 5,
  forbidden: 7,
  rate_limited: 8,
  conflict: 10,
  method_not_allowed: 12,
  internal: 13,
  unavailable: 14,
  unauthorized: 16,
};
const REJECTED_FIELD: Record<Signal, string> = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
};
export const CONTENT_TYPES: Record<Encoding, string> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** `Export…ServiceResponse`: empty when everything was taken, else with a `partial_success`. */
export function writeSuccess(signal: Signal, encoding: Encoding, rejected: number, message: string): Buffer {
  if (encoding === "json") {
    const partialSuccess = { [REJECTED_FIELD[signal]]: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess }));
  }
  if (rejected === 0) return Buffer.alloc(0);
  return writeBytes(1, Buffer.concat([writeVarint(1, rejected), writeBytes(2, Buffer.from(message))]));
}

/** A failure as `google.rpc.Status`, which OTLP asks for as the body of every 4xx and 5xx. */
export function writeFailure(encoding: Encoding, { code, message }: ApiError): { status: number; body: Buffer } {
  const rpc = RPC_CODES[code];
  const body =
    encoding === "json"
      ? Buffer.from(JSON.stringify({ code: rpc, message }))
      : Buffer.concat([writeVarint(1, rpc), writeBytes(2, Buffer.from(message))]);
  // OTLP has no 422: data that can never be taken is a bad request.
  return { status: code === "invalid_request" ? 400 : API_ERRORS[code].status, body };
}

function writeBytes(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function writeVarint(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
