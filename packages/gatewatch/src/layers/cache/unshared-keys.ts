const MAX_KEYS = 10_000;
/** Longer names, which strangers can make up, are not worth their memory. */
const MAX_KEY_LENGTH = 512;
const REMEMBERED_MS = 60_000;

/** Resources whose last answer was for one user only: requests for them do not wait for each other. */
export class UnsharedKeys {
  readonly #untilMs = new Map<string, number>();

  has(key: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#untilMs.delete(key);
    return false;
  }

  add(key: string, nowMs: number): void {
    if (key.length > MAX_KEY_LENGTH) return;
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + REMEMBERED_MS);
    if (this.#untilMs.size <= MAX_KEYS) return;
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  delete(key: string): void {
    this.#untilMs.delete(key);
  }
}
