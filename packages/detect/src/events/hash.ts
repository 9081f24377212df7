const FIRST = 0x811c9dc5 | 0;
const HEAD = 192;
const TAIL = 64;

/** Two whole numbers of 32 bits → one. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b ^ (b >>> 15), 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Of a long text the beginning, the end and the length. */
export function hashText(text: string): number {
  const { length } = text;
  let hash = FIRST ^ length;
  const head = length <= HEAD + TAIL ? length : HEAD;
  for (let at = 0; at < head; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  if (head < length)
    for (let at = length - TAIL; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

export function hashNumber(value: number): number {
  if (value === (value | 0)) return mix(0x6e756d, value);
  const whole = Math.floor(value);
  return (
    mix(mix(0x666c74, (whole % 0x7fffffff) | 0), ((value - whole) * 0x7fffffff) | 0) ^
    (Math.log2(Math.abs(value) + 1) | 0)
  );
}
