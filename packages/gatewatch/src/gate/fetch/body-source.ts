import { runInExchange } from "../context.ts";
import type { FetchExchange } from "./fetch-exchange.ts";
import { isSettledInTurn } from "./is-settled-in-turn.ts";

export type Chunk = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>;

/** The app's body, read in the exchange's context; what has been read of it already comes first. */
export class BodySource {
  readonly #x: FetchExchange;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ahead: Promise<Chunk>[] = [];

  /** @throws TypeError for a stream that somebody else reads. */
  constructor(x: FetchExchange, stream: ReadableStream<Uint8Array>) {
    this.#x = x;
    this.#reader = stream.getReader();
  }

  read(): Promise<Chunk> {
    return this.#ahead.shift() ?? this.#readNew();
  }

  /** The whole body when it consists of one piece that is there at once; nothing is lost otherwise. */
  async tryReadWhole(): Promise<Uint8Array | undefined> {
    const first = await this.#lookAhead();
    if (first === undefined) return undefined;
    if (first.done) return new Uint8Array(0);
    const second = await this.#lookAhead();
    // A chunk that is not bytes fails at the server, which is the app's matter.
    return second?.done === true && first.value instanceof Uint8Array ? first.value : undefined;
  }

  cancel(reason: unknown): Promise<void> {
    return runInExchange(this.#x, cancelReader, this.#reader, reason);
  }

  #readNew(): Promise<Chunk> {
    return runInExchange(this.#x, readChunk, this.#reader);
  }

  /** The next chunk if it arrives within this turn of the event loop; undefined for one that fails or takes longer. */
  async #lookAhead(): Promise<Chunk | undefined> {
    const read = this.#readNew();
    this.#ahead.push(read);
    return (await isSettledInTurn(read)) ? await read.catch(() => undefined) : undefined;
  }
}

function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Chunk> {
  return reader.read();
}

function cancelReader(reader: ReadableStreamDefaultReader<Uint8Array>, reason: unknown): Promise<void> {
  return reader.cancel(reason);
}
