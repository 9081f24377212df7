import { ApiError } from "../../model/api-error.ts";

/** A file of a form. */
export interface FormPart {
  name: string;
  filename: string;
  body: Buffer;
}

const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const MAX_HEADER_BYTES = 4096;
const HEAD_END = Buffer.from("\r\n\r\n");
const DASHES = Buffer.from("--");

/**
 * The files of a form, as they lie in the body; fields without a file name are left out.
 * Source: RFC 7578 with RFC 2046, section 5.1.
 * @throws ApiError `invalid_request` when it is none, or holds more than `maxParts`.
 */
export function parseMultipart(body: Buffer, contentType: string | undefined, maxParts: number): FormPart[] {
  const match = BOUNDARY.exec(contentType?.trim() ?? "");
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw invalid("The body must be multipart/form-data with a boundary.");
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const opening = delimiter.subarray(2);
  if (!body.subarray(0, opening.length).equals(opening)) throw invalid("The form does not begin with its boundary.");
  const parts: FormPart[] = [];
  let count = 0;
  let at = opening.length;
  for (;;) {
    if (body.subarray(at, at + 2).equals(DASHES)) return parts;
    if (++count > maxParts) throw invalid(`The form holds more than ${maxParts} parts.`);
    const headEnd = body.indexOf(HEAD_END, at);
    if (headEnd === -1 || headEnd - at > MAX_HEADER_BYTES) throw invalid("A part of the form has no end of its head.");
    const end = body.indexOf(delimiter, headEnd + 2);
    if (end === -1) throw invalid("A part of the form has no end.");
    const from = headEnd + HEAD_END.length;
    const part = readHead(body.toString("latin1", at, headEnd));
    if (part !== undefined) parts.push({ ...part, body: body.subarray(from, Math.max(from, end)) });
    at = end + delimiter.length;
  }
}

function readHead(head: string): Omit<FormPart, "body"> | undefined {
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
  const name = /[;\s]name="([^"\r\n]{1,100})"/i.exec(disposition)?.[1];
  const filename = /[;\s]filename="([^"\r\n]{1,200})"/i.exec(disposition)?.[1];
  return name === undefined || filename === undefined ? undefined : { name, filename };
}

function invalid(message: string): ApiError {
  return new ApiError("invalid_request", message);
}
