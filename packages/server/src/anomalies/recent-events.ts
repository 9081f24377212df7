const MAX_EVENTS = 64;
const MAX_EVENT_CHARACTERS = 2_000;

/** The last events of a stream that were not flagged, as text: what compression compares with. */
export class RecentEvents {
  readonly #texts: string[] = [];
  #next = 0;

  add(text: string): void {
    this.#texts[this.#next] = text.length <= MAX_EVENT_CHARACTERS ? text : detach(text.slice(0, MAX_EVENT_CHARACTERS));
    this.#next = (this.#next + 1) % MAX_EVENTS;
  }

  /** Oldest first; empty after a start. */
  list(): string[] {
    return [...this.#texts.slice(this.#next), ...this.#texts.slice(0, this.#next)];
  }
}

/** A text of its own: a part of a long one would keep the whole of it in memory. */
function detach(text: string): string {
  return Buffer.from(text).toString();
}
