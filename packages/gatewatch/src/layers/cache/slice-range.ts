/** The bytes from `start` up to and with `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

const ONE_RANGE = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i;

/**
 * The one range that a `Range` header asks of `length` bytes (RFC 9110, section 14.1.2); `unsatisfiable` when it lies outside, undefined when the header
 * is to be ignored: other units, several ranges, nonsense.
 */
export function readRange(header: string, length: number): ByteRange | "unsatisfiable" | undefined {
  const match = ONE_RANGE.exec(header);
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return undefined;
    const count = Math.min(Number(last), length);
    return count === 0 ? "unsatisfiable" : { start: length - count, end: length - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= length) return "unsatisfiable";
  return { start, end: last === "" ? length - 1 : Math.min(Number(last), length - 1) };
}
