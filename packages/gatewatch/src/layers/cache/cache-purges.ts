import type { Purge, ResponseStore } from "../../state/response-store.ts";
import { nameTarget } from "./address-request.ts";

/** Takes answers out of the caches of one Gatewatch, in one step whatever their number. */
export interface CachePurges {
  /**
   * All variants of one address, such as `https://shop.example/products?page=2`.
   * @throws TypeError (as a rejection) when it is no full address.
   */
  purgeUrl(url: string): Promise<void>;
  /**
   * A path on every host, with whatever query; with a `*` at its end all paths that begin with it.
   * @throws TypeError (as a rejection) when it does not begin with `/`.
   */
  purgePath(path: string): Promise<void>;
  /** Answers that the app has given one of these names by `Cache-Tag` or `Surrogate-Key`. */
  purgeTag(...tags: readonly string[]): Promise<void>;
  purgeAll(): Promise<void>;
}

export class StorePurges implements CachePurges {
  /** By what bounds them: caches whose bounds are the same share one. */
  readonly shared = new Map<string, ResponseStore>();
  readonly #stores = new Set<ResponseStore>();

  /** Further answers kept. */
  add(store: ResponseStore): void {
    this.#stores.add(store);
  }

  async purgeUrl(url: string): Promise<void> {
    const resource = nameTarget(url);
    await Promise.all(Array.from(this.#stores, (store) => store.drop(resource)));
  }

  async purgePath(path: string): Promise<void> {
    if (!path.startsWith("/")) throw new TypeError(`${JSON.stringify(path)} is no path; paths begin with "/".`);
    const isPrefix = path.endsWith("*");
    await this.#purge({ kind: "path", path: isPrefix ? path.slice(0, -1) : path, isPrefix });
  }

  async purgeTag(...tags: readonly string[]): Promise<void> {
    await Promise.all(tags.map((tag) => this.#purge({ kind: "tag", tag })));
  }

  async purgeAll(): Promise<void> {
    await this.#purge({ kind: "all" });
  }

  async #purge(purge: Purge): Promise<void> {
    await Promise.all(Array.from(this.#stores, (store) => store.purge(purge)));
  }
}
