import type { Purge } from "./response-store.ts";

/** Beyond this many purges that differ, everything older counts as purged. */
const MAX_PURGES = 10_000;
const MAX_PREFIXES = 256;

/** What was purged, and when, counted in purges: whether an entry is concerned is found out when it is asked for. */
export class PurgeLog {
  readonly #tags = new Map<string, number>();
  readonly #paths = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  /** Entries from before this count are gone. */
  #floor = 0;
  #last = 0;

  /** The count of the newest purge. */
  get last(): number {
    return this.#last;
  }

  add(purge: Purge, count: number): void {
    this.#last = Math.max(this.#last, count);
    switch (purge.kind) {
      case "tag":
        this.#note(this.#tags, purge.tag, count, MAX_PURGES);
        break;
      case "path":
        if (purge.isPrefix) this.#note(this.#prefixes, purge.path, count, MAX_PREFIXES);
        else this.#note(this.#paths, purge.path, count, MAX_PURGES);
        break;
      case "all":
        this.#floor = Math.max(this.#floor, count);
        break;
      default:
        purge satisfies never;
    }
  }

  /** Whether what was asked for at `count` has been purged since. */
  isPurged(path: string, tags: readonly string[], count: number): boolean {
    if (count >= this.#last) return false;
    if (count < this.#floor) return true;
    if (tags.some((tag) => (this.#tags.get(tag) ?? 0) > count)) return true;
    if ((this.#paths.get(path) ?? 0) > count) return true;
    for (const [prefix, at] of this.#prefixes) if (at > count && path.startsWith(prefix)) return true;
    return false;
  }

  #note(purges: Map<string, number>, key: string, count: number, limit: number): void {
    purges.delete(key);
    purges.set(key, count);
    if (purges.size <= limit) return;
    const [oldest] = purges;
    if (oldest === undefined) return;
    purges.delete(oldest[0]);
    this.#floor = Math.max(this.#floor, oldest[1]);
  }
}
