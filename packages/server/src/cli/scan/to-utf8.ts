import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CommandError } from "../command.ts";

/** The longest byte order mark. */
const MARK_BYTES = 3;

/** Text as UTF-8 without a byte order mark; gzip is unpacked and UTF-16 turned, both told by the first bytes. @throws CommandError for damaged gzip */
export async function* toUtf8(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { head, all } = await peek(chunks);
  // Once: gzip in gzip may go on for ever.
  yield* decode(head[0] === 0x1f && head[1] === 0x8b ? unpack(all) : all);
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { head, all } = await peek(chunks);
  const encoding = nameEncoding(head);
  if (encoding === null) return yield* all;
  // The decoder leaves the mark out.
  const decoder = new TextDecoder(encoding);
  for await (const chunk of all) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** By the byte order mark; null without one, which is UTF-8. */
function nameEncoding([first, second, third]: Buffer): string | null {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return first === 0xef && second === 0xbb && third === 0xbf ? "utf-8" : null;
}

async function* unpack(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  // What goes wrong in any part comes out of the last.
  pipeline(Readable.from(chunks), gunzip, () => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_") !== true) throw error;
    throw new CommandError(`This gzip file is damaged: ${message}.`, { cause: error });
  }
}

/** The first bytes, and all of it from the beginning. */
async function peek(chunks: AsyncIterable<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const rest = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < MARK_BYTES) {
    const { done, value } = await rest.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return { head, all: join(head, rest) };
}

async function* join(head: Buffer, rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  try {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}
