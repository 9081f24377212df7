import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** A TCP client that keeps every byte it receives. */
export class RawClient {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #wake: (() => void) | undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake?.();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#wake?.();
    });
    // A reset is an end like any other here; what arrived before it counts.
    socket.on("error", () => undefined);
  }

  static async open(server: Server): Promise<RawClient> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get length(): number {
    return this.#length;
  }

  /** Resolves when the text has arrived; fails when the server closes before. */
  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      if (this.#ended)
        throw new Error(`closed before ${JSON.stringify(text)}: ${JSON.stringify(String(this.received))}`);
      await this.#nextEvent();
    }
  }

  async untilClosed(): Promise<Buffer> {
    while (!this.#ended) await this.#nextEvent();
    return this.received;
  }

  #nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** The bytes with the one part that changes from second to second made constant; long ones as a digest, since a difference is printed. */
export function maskDate(bytes: Buffer): string {
  const text = bytes.toString("latin1").replaceAll(/^Date: [^\r\n]+/gim, "Date: -");
  if (text.length < 10_000) return text;
  return `${text.slice(0, 1000)}… ${text.length} bytes, SHA-256 ${createHash("sha256").update(text, "latin1").digest("hex")}`;
}
