/** What `add` says when a kind of error has become many. */
export interface WindowAlert {
  /** In the window. */
  count: number;
  /** Further ones since the last alert. */
  more: number;
}

interface Window {
  /** The last errors, at most as many as the threshold, in a ring. */
  timesMs: number[];
  next: number;
  quietUntilMs: number;
  more: number;
}

/** Counts errors by kind in a window that slides: exact, and bounded in kinds and in times. */
export class ErrorWindows {
  readonly #threshold: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  readonly #windows = new Map<string, Window>();
  /** Kinds that were forgotten for want of room. */
  forgotten = 0;

  constructor(threshold: number, windowMs: number, maxKeys: number) {
    this.#threshold = threshold;
    this.#windowMs = windowMs;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#windows.size;
  }

  /** One alert when the window holds `threshold` errors of the kind, and none before another whole window has passed. */
  add(key: string, nowMs: number): WindowAlert | undefined {
    const window = this.#open(key);
    if (window.timesMs.length < this.#threshold) window.timesMs.push(nowMs);
    else window.timesMs[window.next] = nowMs;
    window.next = (window.next + 1) % this.#threshold;
    if (nowMs < window.quietUntilMs) {
      window.more++;
      return undefined;
    }
    // The oldest of the last `threshold` ones: when it is inside, they all are.
    const oldestMs = window.timesMs[window.next];
    if (window.timesMs.length < this.#threshold || oldestMs === undefined || nowMs - oldestMs > this.#windowMs) {
      return undefined;
    }
    const { more } = window;
    window.more = 0;
    window.quietUntilMs = nowMs + this.#windowMs;
    return { count: this.#threshold, more };
  }

  /** The window of a kind, which is now the one used last. */
  #open(key: string): Window {
    let window = this.#windows.get(key);
    if (window !== undefined) this.#windows.delete(key);
    else {
      window = { timesMs: [], next: 0, quietUntilMs: Number.NEGATIVE_INFINITY, more: 0 };
      if (this.#windows.size >= this.#maxKeys) this.#forgetOldest();
    }
    this.#windows.set(key, window);
    return window;
  }

  #forgetOldest(): void {
    const oldest = this.#windows.keys().next();
    if (oldest.done === true) return;
    this.#windows.delete(oldest.value);
    this.forgotten++;
  }
}
