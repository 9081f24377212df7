/** Chance that a snapshot can hold: Marsaglia's xorshift32. Not for secrets. */
export class Xorshift {
  state: number;

  /** @param state above 0, below 2^32 */
  constructor(state = 0x9e3779b9) {
    this.state = state >>> 0 || 1;
  }

  /** Evenly from 0 to 1. */
  draw(): number {
    let next = this.state;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    this.state = next >>> 0;
    return this.state / 0x1_0000_0000;
  }
}
