import type { NativeBatch } from "@gatewatch/protocol";

const NEWLINE = 0x0a;
const COMMA = 0x2c;

/** The journal's form of a batch: its JSON, each event in a line of its own, so that the digest can keep the lines as they are. */
export function composeBatchBody(head: NativeBatch, events: readonly string[]): Buffer {
  const text = JSON.stringify(head);
  if (events.length === 0) return Buffer.from(text);
  return Buffer.from(`${text.slice(0, -1)},"events":[\n${events.join(",\n")}\n]}`);
}

/** The JSON of each of `count` events as `composeBatchBody` wrote it; undefined for bodies that were written in another way. */
export function tryFindEventLines(body: Uint8Array, count: number): Uint8Array[] | undefined {
  const lines: Uint8Array[] = [];
  let from = body.indexOf(NEWLINE) + 1;
  if (from === 0) return undefined;
  for (let end = body.indexOf(NEWLINE, from); end !== -1; end = body.indexOf(NEWLINE, from)) {
    if (lines.length === count) return undefined;
    lines.push(body.subarray(from, body[end - 1] === COMMA ? end - 1 : end));
    from = end + 1;
  }
  return lines.length === count ? lines : undefined;
}
