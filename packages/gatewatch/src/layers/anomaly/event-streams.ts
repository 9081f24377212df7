import { type DetectorKit, WatchedStream } from "./watched-stream.ts";

const MAX_NAME = 128;

/** Brings to other processes what streams see, and back what all know. */
export interface Sharing {
  join(stream: WatchedStream): void;
  leave(stream: WatchedStream): void;
  stats(): Record<string, number>;
  close(deadlineMs: number): Promise<void>;
}

export interface EventStreamsOptions {
  kit: DetectorKit;
  maxStreams: number;
  /** Undefined: each process learns for itself. */
  sharing?: Sharing | undefined;
}

/** The streams of a process, by name; of too many, the one that was used longest ago is forgotten. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Map<string, WatchedStream>();
  readonly #untold = new Set<string>();
  #newest: WatchedStream | undefined;
  #forgotten = 0;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** The stream of this name, a new one when there is none. */
  of(name: string): WatchedStream {
    const key = toKey(name);
    if (key === this.#newest?.name) return this.#newest;
    const known = this.#streams.get(key);
    if (known === undefined) return (this.#newest = this.#open(key));
    this.#streams.delete(key);
    this.#streams.set(key, known);
    return (this.#newest = known);
  }

  /** The server hears of each event of this stream in another way: told twice, it would learn it twice. */
  keepUntold(name: string): void {
    this.#untold.add(toKey(name));
    this.#streams.get(toKey(name))?.stopLog();
  }

  stats(): Record<string, number> {
    const streams = [...this.#streams.values()];
    const { sharing } = this.#options;
    return {
      streams: streams.length,
      forgottenStreams: this.#forgotten,
      calibratingStreams: streams.filter(({ state }) => state === "calibrating").length,
      ...(sharing === undefined
        ? {}
        : { ...sharing.stats(), sharePassedOver: streams.reduce((sum, { passedOver }) => sum + passedOver, 0) }),
    };
  }

  async close(deadlineMs: number): Promise<void> {
    await this.#options.sharing?.close(deadlineMs);
  }

  #open(name: string): WatchedStream {
    const { kit, maxStreams, sharing } = this.#options;
    const stream = new WatchedStream(name, kit);
    const [oldest] = this.#streams.values();
    if (this.#streams.size >= maxStreams && oldest !== undefined) {
      this.#streams.delete(oldest.name);
      sharing?.leave(oldest);
      this.#forgotten++;
    }
    this.#streams.set(name, stream);
    if (sharing !== undefined) {
      if (!this.#untold.has(name)) stream.startLog();
      sharing.join(stream);
    }
    return stream;
  }
}

function toKey(name: string): string {
  return String(name).slice(0, MAX_NAME);
}
