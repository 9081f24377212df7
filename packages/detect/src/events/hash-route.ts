import { mix } from "./hash.ts";

const MAX_PATH = 512;
const MAX_SEGMENTS = 10;
const LONG = 28;
const SLASH = 47;
const QUESTION_MARK = 63;

/** A path without its ids: segments of digits, of many digits, or very long ones are all the same. Never 0. */
export function hashRoute(path: string): number {
  let route = 0x52;
  let [segment, length, digits, segments] = [0, 0, 0, 0];
  const end = Math.min(path.length, MAX_PATH);
  for (let at = 0; at <= end; at++) {
    const code = at === end ? SLASH : path.charCodeAt(at);
    if (code === SLASH || code === QUESTION_MARK) {
      if (length > 0 && segments++ < MAX_SEGMENTS) route = mix(route, isId(length, digits) ? 0x1d : segment);
      if (code === QUESTION_MARK) break;
      segment = length = digits = 0;
      continue;
    }
    segment = Math.imul(segment ^ code, 0x01000193) + 1;
    length++;
    if (code >= 48 && code <= 57) digits++;
  }
  return route || 1;
}

function isId(length: number, digits: number): boolean {
  return digits === length || length > LONG || (digits >= 3 && digits * 3 >= length) || (length >= 16 && digits >= 3);
}
