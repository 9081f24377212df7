import type { DetectableEvent } from "../ports.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const SIZE = 24;
const MAX_JSON = 2_048;
const MAX_DEPTH = 5;
const MAX_TEXT = 160;
const MAX_MEMBERS = 24;
/** One in so many normal events takes the place of an older one of its kind. */
const REFRESH = 64;

/** A few normal events of as many kinds as there is room for, to be shown beside an odd one. Redaction is the caller's. */
export class NormalMemory {
  readonly #events: { place: number; text: string }[] = [];
  #turn = 0;

  get bytes(): number {
    return this.#events.reduce((sum, { text }) => sum + 2 * text.length + 64, 0);
  }

  /** @param place hash of what kind of event it is */
  keep(event: DetectableEvent, place: number): void {
    this.#turn++;
    const known = this.#events.findIndex((kept) => kept.place === place);
    if (this.#turn % REFRESH !== 0 && (known >= 0 || this.#events.length >= SIZE)) return;
    const text = tryWrite(event);
    if (text === undefined) return;
    if (this.#events.length < SIZE) this.#events.push({ place, text });
    else
      this.#events[known >= 0 && this.#turn % (REFRESH * 4) !== 0 ? known : (this.#turn / REFRESH) % SIZE] = {
        place,
        text,
      };
  }

  /** The kept event that `distanceOf` is smallest for. */
  nearest(distanceOf: (event: DetectableEvent) => number): DetectableEvent | null {
    let [best, least]: [DetectableEvent | null, number] = [null, Infinity];
    for (const { text } of this.#events) {
      const event = JSON.parse(text) as DetectableEvent;
      const distance = distanceOf(event);
      if (distance < least) [best, least] = [event, distance];
    }
    return best;
  }

  write(w: StateWriter): void {
    w.count(this.#turn);
    w.count(this.#events.length);
    for (const { place, text } of this.#events) {
      w.u32(place >>> 0);
      w.string(text);
    }
  }

  readInto(r: StateReader): void {
    this.#turn = r.count();
    for (let left = r.count(SIZE); left > 0; left--) {
      const place = r.u32() | 0;
      const text = r.string(MAX_JSON * 4);
      try {
        if (typeof JSON.parse(text) !== "object") r.refuse("A kept event is not one.");
      } catch {
        r.refuse("A kept event is not JSON.");
      }
      this.#events.push({ place, text });
    }
  }
}

function tryWrite(event: DetectableEvent): string | undefined {
  try {
    const text = JSON.stringify(copyOf(event, 0)).toWellFormed();
    return text.length <= MAX_JSON ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Cut to what can be shown. @throws what a getter throws */
function copyOf(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.slice(0, MAX_TEXT);
  if (typeof value === "bigint") return String(value).slice(0, MAX_TEXT);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  if (value instanceof Date) return value;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map((item) => copyOf(item, depth + 1));
  const names = Object.keys(value).slice(0, MAX_MEMBERS);
  return Object.fromEntries(
    names.map((name) => [name.slice(0, MAX_TEXT), copyOf((value as Record<string, unknown>)[name], depth + 1)]),
  );
}
