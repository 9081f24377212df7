import { attack } from "./http-attacks.ts";
import type { Shop, ShopRequest } from "./http-shop.ts";
import type { RandomSource } from "./random-source.ts";

/**
 * A shop's stream with a share of attacks in it from the first event on. Most attackers try a thing a few times: half of the attacks
 * are sent again, by the same address, soon after. An attacker has few addresses.
 */
export class PoisonedStream {
  readonly #shop: Shop;
  readonly #random: RandomSource;
  readonly #share: number;
  readonly #repeats: ShopRequest[] = [];
  readonly #attackers: string[];

  constructor(shop: Shop, random: RandomSource, share: number) {
    this.#shop = shop;
    this.#random = random;
    this.#share = share;
    this.#attackers = Array.from({ length: 6 }, () => `203.0.113.${random.whole(1, 254)}`);
  }

  next(): ShopRequest {
    const random = this.#random;
    if (!random.chance(this.#share)) return this.#shop.next();
    const { atMs } = this.#shop.next();
    const again = random.chance(0.33) ? this.#repeats.pop() : undefined;
    if (again !== undefined) return { ...again, atMs };
    const made = { ...attack(() => this.#shop.next(), random), address: random.pick(this.#attackers), atMs };
    if (random.chance(0.5)) this.#repeats.push(made);
    if (this.#repeats.length > 20) this.#repeats.shift();
    return made;
  }
}
