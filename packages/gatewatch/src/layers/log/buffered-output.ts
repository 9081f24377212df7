/** A stream as far as the log needs it. */
export interface LogStream {
  write(text: string, done?: () => void): unknown;
  on(event: "error", listener: () => void): unknown;
  removeListener(event: "error", listener: () => void): unknown;
}

const FLUSH_LENGTH = 16_384;
/** In UTF-8 a unit of a text takes at most so many. */
const MAX_BYTES_PER_UNIT = 3;
/** A write costs more than making the line: under load lines leave together. */
const FLUSH_DELAY_MS = 10;
const ignore = (): void => undefined;

/** Gathers lines of ten milliseconds into one write; what is left goes out when the process exits. */
export class BufferedOutput {
  readonly #stream: LogStream;
  /** Bytes rather than the texts themselves: those are made of dozens of pieces each, and the collector of garbage would carry all of them along. */
  readonly #bytes = Buffer.allocUnsafeSlow(FLUSH_LENGTH);
  #length = 0;
  #scheduled = false;
  #watchesExit = false;
  #pendingWrites = 0;

  constructor(stream: LogStream) {
    this.#stream = stream;
  }

  /** @param isUrgent the line, and those before it, are out when this returns. */
  write(line: string, isUrgent = false): void {
    if (this.#length + line.length * MAX_BYTES_PER_UNIT > FLUSH_LENGTH) this.flushSync();
    if (line.length * MAX_BYTES_PER_UNIT > FLUSH_LENGTH) this.#put(line);
    else this.#length += this.#bytes.write(line, this.#length);
    if (isUrgent) this.flushSync();
    else if (!this.#scheduled && this.#length > 0) this.#schedule();
  }

  #schedule(): void {
    if (!this.#watchesExit) {
      this.#watchesExit = true;
      process.on("exit", this.flushSync);
    }
    this.#scheduled = true;
    setTimeout(this.#flushLater, FLUSH_DELAY_MS).unref();
  }

  readonly #flushLater = (): void => {
    this.#scheduled = false;
    this.flushSync();
  };

  /** Standard output blocks on files, pipes and terminals, so that this is out when it returns. */
  readonly flushSync = (): void => {
    if (this.#length === 0) return;
    const text = this.#bytes.toString("utf8", 0, this.#length);
    this.#length = 0;
    this.#put(text);
  };

  #put(text: string): void {
    // A closed pipe (`app | head`) must not end the app; `console.log` does the same.
    if (this.#pendingWrites++ === 0) this.#stream.on("error", ignore);
    this.#stream.write(text, this.#onWritten);
  }

  readonly #onWritten = (): void => {
    if (--this.#pendingWrites === 0) this.#stream.removeListener("error", ignore);
  };

  close(): void {
    this.flushSync();
    process.off("exit", this.flushSync);
    this.#watchesExit = false;
  }
}
