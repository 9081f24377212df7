import type { UnderlyingSource } from "node:stream/web";
import type { BodyObserver } from "../body-plan.ts";
import type { BodySource } from "./body-source.ts";
import type { FetchExchange } from "./fetch-exchange.ts";
import { toBytes } from "./encode-text.ts";
import { endStream, failStream, tellChunk, tellEnd } from "./stream-fate.ts";

/** A streamed body on its way to the server: counted, shown to observers, never read ahead of the server. */
export class CarriedBody implements UnderlyingSource<Uint8Array> {
  readonly #x: FetchExchange;
  readonly #source: BodySource;
  readonly #observers: readonly BodyObserver[];
  #isCancelled = false;

  constructor(x: FetchExchange, source: BodySource, observers: readonly BodyObserver[]) {
    this.#x = x;
    this.#source = source;
    this.#observers = observers;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const x = this.#x;
    try {
      const { done, value } = await this.#source.read();
      if (this.#isCancelled) return;
      if (done) {
        tellEnd(x, this.#observers, true);
        controller.close();
        endStream(x, false);
        return;
      }
      const bytes = toBytes(value);
      x.responseBytes += bytes.byteLength;
      tellChunk(x, this.#observers, bytes);
      controller.enqueue(value);
    } catch (error) {
      if (this.#isCancelled) return;
      tellEnd(x, this.#observers, false);
      failStream(x, error);
      controller.error(error);
      endStream(x, true);
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isCancelled = true;
    tellEnd(this.#x, this.#observers, false);
    endStream(this.#x, true);
    await this.#source.cancel(reason);
  }
}
