import type { Json } from "@gatewatch/protocol";
import type { RouteErrorCount } from "../model/applied-errors.ts";

const MINUTE_MS = 60_000;
const MAX_BUCKETS = 60;
/** Routes that one rule watches at a time; the one quiet for longest goes first. */
const MAX_KEYS = 200;

/** Bucket start, answers of 400–599, exceptions. */
type Bucket = [start: number, answers: number, exceptions: number];

interface WatchedKey {
  buckets: Bucket[];
  /** No alert of this key before this time. */
  quietUntil: number;
}

/** What an `errorCount` rule remembers: a sliding window per route, bounded in routes and in buckets. */
export class CountWindow {
  private readonly keys = new Map<string, WatchedKey>();
  private readonly windowMs: number;
  private readonly bucketMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
    this.bucketMs = MINUTE_MS * Math.ceil(windowMs / MINUTE_MS / MAX_BUCKETS);
  }

  /** Reads what `toJson` wrote; anything else is an empty window. */
  static parse(windowMs: number, value: Json | undefined): CountWindow {
    const window = new CountWindow(windowMs);
    if (!Array.isArray(value)) return window;
    for (const entry of value as [string, Bucket[], number][])
      window.keys.set(entry[0], { buckets: entry[1], quietUntil: entry[2] });
    return window;
  }

  toJson(): Json {
    return [...this.keys].map(([key, { buckets, quietUntil }]) => [key, buckets, quietUntil]);
  }

  addAnswers(counts: RouteErrorCount[], now: number): void {
    for (const { key, minute, count } of counts) this.bucketOf(key, minute, now)[1] += count;
  }

  addExceptions(counts: RouteErrorCount[], now: number): void {
    for (const { key, minute, count } of counts) this.bucketOf(key, minute, now)[2] += count;
  }

  /** Errors of the key within the window. An exception that was answered counts once, not twice. */
  count(key: string, now: number): number {
    const buckets = this.keys.get(key)?.buckets ?? [];
    let answers = 0;
    let exceptions = 0;
    for (const [start, ofAnswers, ofExceptions] of buckets) {
      if (start + this.bucketMs <= now - this.windowMs) continue;
      answers += ofAnswers;
      exceptions += ofExceptions;
    }
    return Math.max(answers, exceptions);
  }

  isQuiet(key: string, now: number): boolean {
    return now < (this.keys.get(key)?.quietUntil ?? 0);
  }

  /** Somebody has just been told about this key. */
  silence(key: string, until: number, now: number): void {
    const watched = this.watch(key, now);
    watched.quietUntil = Math.max(watched.quietUntil, until);
  }

  /** Forgets what has left the window. */
  prune(now: number): void {
    for (const [key, watched] of this.keys) {
      watched.buckets = watched.buckets.filter(([start]) => start + this.bucketMs > now - this.windowMs);
      if (watched.buckets.length === 0 && watched.quietUntil <= now) this.keys.delete(key);
    }
  }

  private bucketOf(key: string, minute: number, now: number): Bucket {
    // A clock that runs ahead or a spool from last week must not open buckets without end.
    const clamped = Math.min(Math.max(minute, now - this.windowMs - this.bucketMs), now);
    const start = clamped - (clamped % this.bucketMs);
    const { buckets } = this.watch(key, now);
    const found = buckets.find((bucket) => bucket[0] === start);
    if (found !== undefined) return found;
    const bucket: Bucket = [start, 0, 0];
    buckets.push(bucket);
    return bucket;
  }

  /** Moves the key to the young end of the map, which is the order of eviction. */
  private watch(key: string, now: number): WatchedKey {
    const watched = this.keys.get(key) ?? { buckets: [], quietUntil: 0 };
    this.keys.delete(key);
    this.keys.set(key, watched);
    if (this.keys.size > MAX_KEYS) this.prune(now);
    for (const oldest of this.keys.keys()) {
      if (this.keys.size <= MAX_KEYS) break;
      this.keys.delete(oldest);
    }
    return watched;
  }
}
