import type { Json } from "@gatewatch/protocol";
import type { BodyObserver } from "../../gate/body-plan.ts";

const HEAD_BYTES = 24 * 1024;
const TAIL_BYTES = 16 * 1024;
const WHOLE_BYTES = HEAD_BYTES + TAIL_BYTES;

/** Keeps a JSON answer as it passes, or its beginning and its end. */
export class AnswerKeeper implements BodyObserver {
  #head = Buffer.allocUnsafe(0);
  #tail = Buffer.allocUnsafe(0);
  #total = 0;
  #isWhole = false;

  onChunk(bytes: Uint8Array): void {
    this.#total += bytes.byteLength;
    const room = HEAD_BYTES - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, bytes.subarray(0, room)]);
    if (bytes.byteLength > room) {
      const rest = Buffer.concat([this.#tail, bytes.subarray(Math.max(0, room))]);
      this.#tail = rest.length > TAIL_BYTES ? Buffer.from(rest.subarray(-TAIL_BYTES)) : rest;
    }
  }

  onEnd(complete: boolean): void {
    this.#isWhole = complete;
  }

  /** The parsed body; of a longer one, or one that broke off, the marker that the wire knows; undefined when there was none. */
  read(): Json | undefined {
    if (this.#total === 0) return undefined;
    if (this.#isWhole && this.#total <= WHOLE_BYTES) {
      const parsed = tryParse(Buffer.concat([this.#head, this.#tail]).toString("utf8"));
      if (parsed !== undefined) return parsed;
    }
    return {
      body_truncated: true,
      body_bytes_total: this.#total,
      body_bytes_dropped: Math.max(0, this.#total - this.#head.length - this.#tail.length),
      head: this.#head.toString("utf8"),
      tail: this.#tail.toString("utf8"),
    };
  }
}

function tryParse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
