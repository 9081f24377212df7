import type { ResponseHead } from "../exchange.ts";

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})/;

/** The head of an answer that the app writes to the socket itself: its status can be read, nothing can be changed. */
export class UpgradeHead implements ResponseHead {
  #status = 0;

  /** Reads the status from the first bytes written. */
  readStatus(chunk: unknown): void {
    const text = typeof chunk === "string" ? chunk.slice(0, 16) : chunk instanceof Uint8Array ? toText(chunk) : "";
    const match = STATUS_LINE.exec(text);
    if (match !== null) this.#status = Number(match[1]);
  }

  get status(): number {
    return this.#status;
  }

  set status(_status: number) {
    // The app writes this head.
  }

  get sent(): boolean {
    return this.#status !== 0;
  }

  get(): undefined {
    return undefined;
  }

  entries(): Iterable<never> {
    return [];
  }

  has(): boolean {
    return false;
  }

  set(): void {
    // The app writes this head.
  }

  append(): void {
    // The app writes this head.
  }

  remove(): void {
    // The app writes this head.
  }
}

function toText(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(16, chunk.byteLength)).toString("latin1");
}
