import type { DropCounter } from "../drop-counter.ts";

/** A frame that waits. */
export interface WaitingFrame {
  payload: Buffer;
  attempts: number;
}

/** Frames in order, bounded in number and bytes: the oldest go first. */
export class FrameQueue {
  #frames: WaitingFrame[] = [];
  #start = 0;
  #bytes = 0;
  readonly #maxFrames: number;
  readonly #maxBytes: number;
  readonly #drops: DropCounter;

  constructor(maxFrames: number, maxBytes: number, drops: DropCounter) {
    this.#maxFrames = maxFrames;
    this.#maxBytes = maxBytes;
    this.#drops = drops;
  }

  get length(): number {
    return this.#frames.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when others had to go. */
  push(payload: Buffer): boolean {
    let isRoomy = true;
    while (this.length > 0 && (this.length >= this.#maxFrames || this.#bytes + payload.length > this.#maxBytes)) {
      this.#drops.add(this.length >= this.#maxFrames ? "queue_full" : "queue_bytes_full", 1);
      this.take();
      isRoomy = false;
    }
    this.#frames.push({ payload, attempts: 0 });
    this.#bytes += payload.length;
    return isRoomy;
  }

  take(): WaitingFrame | undefined {
    const frame = this.#frames[this.#start];
    if (frame === undefined) return undefined;
    this.#bytes -= frame.payload.length;
    this.#start++;
    // Seldom, so that each frame is moved once or twice in its life.
    if (this.#start > 1_000 && this.#start * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#start);
      this.#start = 0;
    }
    return frame;
  }

  clear(): number {
    const count = this.length;
    this.#frames = [];
    this.#start = 0;
    this.#bytes = 0;
    return count;
  }
}
