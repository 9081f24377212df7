/** A line without its end, and its number from 1. */
export interface Line {
  text: string;
  number: number;
}

const NEWLINE = 0x0a;

/** Lines of UTF-8 text; what is longer than `maxBytes` is cut there. Invalid bytes become U+FFFD. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, maxBytes = 1024 * 1024): AsyncIterable<Line> {
  let number = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (part: Buffer): void => {
    const room = maxBytes - heldBytes;
    if (room > 0) held.push(part.length > room ? part.subarray(0, room) : part);
    heldBytes += part.length;
  };
  const take = (): Line => {
    const text = (held.length === 1 ? held[0]! : Buffer.concat(held)).toString("utf8");
    held = [];
    heldBytes = 0;
    return { text: text.endsWith("\r") ? text.slice(0, -1) : text, number: ++number };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    if (from < chunk.length) hold(chunk.subarray(from));
  }
  if (heldBytes > 0) yield take();
}
