import type { CounterRule } from "./counter-store.ts";
import { WINDOW_STEPS } from "./window-steps.ts";

/** Times in whole microseconds: sums of whole numbers are exact. */
export interface Hit {
  us: number;
  cost: number;
}

/** What may have gone wrong; undefined when all is well. */
type Complaint = string | undefined;

/**
 * What the promises of the algorithms mean, written with nothing but the list of admitted hits: slow, and right by looking at it.
 * `judge` is told each verdict in turn and complains about a wrong one.
 */
export class LimitModel {
  readonly #rule: CounterRule;
  readonly #admitted: Hit[] = [];
  /** Of the token bucket: units taken, times the window in microseconds, as of the last call. */
  #level = 0;
  #levelUs = 0;
  #windowStartUs = Number.NEGATIVE_INFINITY;
  #windowCount = 0;

  constructor(rule: CounterRule) {
    this.#rule = rule;
  }

  judge(us: number, cost: number, allowed: boolean): Complaint {
    const complaint = this.#judge(us, cost, allowed);
    if (allowed) this.#admitted.push({ us, cost });
    return complaint ?? this.#checkPromise();
  }

  #judge(us: number, cost: number, allowed: boolean): Complaint {
    const { algorithm, limit } = this.#rule;
    const windowUs = this.#rule.windowMs * 1000;
    switch (algorithm) {
      case "fixed-window": {
        if (us - this.#windowStartUs >= windowUs) this.#windowCount = 0;
        if (this.#windowCount === 0) this.#windowStartUs = us;
        const expected = this.#windowCount + cost <= limit;
        if (allowed) this.#windowCount += cost;
        return same(expected, allowed);
      }
      case "sliding-log":
        return same(this.#sumSince(us - windowUs) + cost <= limit, allowed);
      case "sliding-window": {
        // Room comes back up to one step late, so between the two sums either verdict is right.
        const late = this.#sumSince(us - windowUs - windowUs / WINDOW_STEPS - 1);
        if (allowed) return same(this.#sumSince(us - windowUs) + cost <= limit, true);
        return same(late + cost <= limit, false);
      }
      case "token-bucket": {
        this.#level = Math.max(0, this.#level - (us - this.#levelUs) * limit);
        this.#levelUs = us;
        const expected = this.#level + cost * windowUs <= this.#rule.burst * windowUs;
        if (allowed) this.#level += cost * windowUs;
        return same(expected, allowed);
      }
      default:
        return algorithm satisfies never;
    }
  }

  /** The promise itself, over every stretch of time that ends with the newest hit. */
  #checkPromise(): Complaint {
    const newest = this.#admitted.at(-1);
    if (newest === undefined) return undefined;
    const { algorithm, limit, burst, windowMs } = this.#rule;
    const windowUs = windowMs * 1000;
    let sum = 0;
    for (let index = this.#admitted.length - 1; index >= 0; index--) {
      const hit = this.#admitted[index]!;
      const spanUs = newest.us - hit.us;
      sum += hit.cost;
      if (algorithm === "token-bucket") {
        // burst + rate · T, times the window, so that it stays whole.
        if (sum * windowUs > burst * windowUs + limit * spanUs) return `${sum} units in ${spanUs} µs`;
      } else {
        if (spanUs >= windowUs) return undefined;
        const most = algorithm === "fixed-window" ? 2 * limit : limit;
        if (sum > most) return `${sum} units in ${spanUs} µs, less than the window`;
      }
    }
    return undefined;
  }

  /** Units of hits after a moment. */
  #sumSince(us: number): number {
    let sum = 0;
    for (let index = this.#admitted.length - 1; index >= 0 && this.#admitted[index]!.us > us; index--) {
      sum += this.#admitted[index]!.cost;
    }
    return sum;
  }
}

function same(expected: boolean, allowed: boolean): Complaint {
  return expected === allowed ? undefined : `${allowed ? "admitted" : "refused"} against the rule`;
}
