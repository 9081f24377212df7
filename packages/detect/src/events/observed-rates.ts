import { PROFILE_LEVELS, type Profile } from "../ports.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const EPOCH = 20_000;
const PROFILES = Object.keys(PROFILE_LEVELS) as Profile[];

/** Which share of the last events was at or below each level: what promised rates really are. */
export class ObservedRates {
  #now: number[] = PROFILES.map(() => 0);
  #before: number[] = PROFILES.map(() => 0);
  #sizeNow = 0;
  #sizeBefore = 0;

  add(pValue: number): void {
    for (const [index, profile] of PROFILES.entries()) if (pValue <= PROFILE_LEVELS[profile]) this.#now[index]!++;
    if (++this.#sizeNow < EPOCH) return;
    [this.#before, this.#sizeBefore] = [this.#now, this.#sizeNow];
    this.#now = PROFILES.map(() => 0);
    this.#sizeNow = 0;
  }

  get rates(): Record<Profile, number> {
    const size = Math.max(1, this.#sizeNow + this.#sizeBefore);
    const [sensitive, balanced, strict] = PROFILES.map((_, index) => (this.#now[index]! + this.#before[index]!) / size);
    return { sensitive: sensitive!, balanced: balanced!, strict: strict! };
  }

  write(w: StateWriter): void {
    for (const count of [...this.#now, ...this.#before, this.#sizeNow, this.#sizeBefore]) w.count(count);
  }

  readInto(r: StateReader): void {
    this.#now = PROFILES.map(() => r.count(EPOCH));
    this.#before = PROFILES.map(() => r.count(EPOCH));
    this.#sizeNow = r.count(EPOCH - 1);
    this.#sizeBefore = r.count(EPOCH);
  }
}
