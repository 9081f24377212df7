/** A stream as far as the log needs it. */
export interface LogStream {
  write(text: string, done?: () => void): unknown;
  on(event: "error", listener: () => void): unknown;
  removeListener(event: "error", listener: () => void): unknown;
}

const FLUSH_LENGTH = 16_384;
/** A write costs more than making the line: under load lines leave together. */
const FLUSH_DELAY_MS = 10;
const ignore = (): void => undefined;

/** Gathers lines of ten milliseconds into one write; what is left goes out when the process exits. */
export class BufferedOutput {
  readonly #stream: LogStream;
  #text = "";
  #scheduled = false;
  #watchesExit = false;
  #pendingWrites = 0;

  constructor(stream: LogStream) {
    this.#stream = stream;
  }

  /** @param isUrgent the line, and those before it, are out when this returns. */
  write(line: string, isUrgent = false): void {
    this.#text += line;
    if (isUrgent || this.#text.length >= FLUSH_LENGTH) this.flushSync();
    else if (!this.#scheduled) this.#schedule();
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
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    // A closed pipe (`app | head`) must not end the app; `console.log` does the same.
    if (this.#pendingWrites++ === 0) this.#stream.on("error", ignore);
    this.#stream.write(text, this.#onWritten);
  };

  readonly #onWritten = (): void => {
    if (--this.#pendingWrites === 0) this.#stream.removeListener("error", ignore);
  };

  close(): void {
    this.flushSync();
    process.off("exit", this.flushSync);
    this.#watchesExit = false;
  }
}
