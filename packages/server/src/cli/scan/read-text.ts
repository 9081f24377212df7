import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { CommandError } from "../command.ts";
import { toUtf8 } from "./to-utf8.ts";

/** Where the text comes from, and how far it has been read. */
export interface TextSource {
  chunks: AsyncIterable<Buffer>;
  /** Bytes on disk; null where nobody knows. */
  totalBytes: number | null;
  /** Of those on disk. */
  readBytes(): number;
}

const POLL_MS = 250;

/** @param signal ends it, also while nothing comes */
export function readStdin(signal?: AbortSignal): TextSource {
  let read = 0;
  signal?.addEventListener("abort", () => process.stdin.destroy());
  const chunks = toUtf8(count(process.stdin, (bytes) => (read += bytes)));
  return { chunks, totalBytes: null, readBytes: () => read };
}

/** A file, plain or gzip. With `follow` it goes on for ever, also when the file is replaced or cut. @throws CommandError */
export async function readFile(path: string, follow: boolean, signal: AbortSignal): Promise<TextSource> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} cannot be read: ${error.code ?? error.message}. Give a file, or --stdin.`);
  });
  if (found.isDirectory()) throw new CommandError(`${path} is a folder; give a file.`);
  if (follow && !found.isFile()) throw new CommandError(`${path} is no file that grows; read it by --stdin.`);
  if (follow && path.endsWith(".gz"))
    throw new CommandError(`${path} is packed; --follow reads a log as it is written.`);
  let read = 0;
  const add = (bytes: number): unknown => (read += bytes);
  if (follow) return { chunks: followFile(path, add, signal), totalBytes: null, readBytes: () => read };
  const chunks = toUtf8(count(createReadStream(path, { signal }), add));
  return { chunks, totalBytes: found.isFile() ? found.size : null, readBytes: () => read };
}

async function* count(chunks: AsyncIterable<Buffer>, add: (bytes: number) => unknown): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    add(chunk.length);
    yield chunk;
  }
}

async function* followFile(path: string, add: (bytes: number) => unknown, signal: AbortSignal): AsyncIterable<Buffer> {
  let file = await open(path);
  let offset = 0;
  const buffer = Buffer.allocUnsafe(64 * 1024);
  try {
    while (!signal.aborted) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      if (bytesRead > 0) {
        offset += bytesRead;
        add(bytesRead);
        yield Buffer.from(buffer.subarray(0, bytesRead));
        continue;
      }
      const [held, named] = await Promise.all([file.stat(), stat(path).catch(() => null)]);
      if (held.size < offset) offset = 0;
      else if (named !== null && (named.ino !== held.ino || named.dev !== held.dev)) {
        const next = await open(path).catch(() => null);
        // Replaced once more: the next look finds the newest.
        if (next === null) continue;
        await file.close();
        file = next;
        offset = 0;
      } else await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
}
