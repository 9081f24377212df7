import type { Clock } from "../gate/clock.ts";
import { PurgeLog } from "./purge-log.ts";
import type {
  FormsOwner,
  Found,
  Purge,
  ResponseAddress,
  ResponseStore,
  StoredResponse,
  StoreMoment,
} from "./response-store.ts";

export interface MemoryResponseStoreSettings {
  maxBytes: number;
  /** Responses, variants included. */
  maxEntries: number;
  /** Of one resource. */
  maxVariants: number;
  clock: Clock;
}

interface Variant extends FormsOwner {
  response: StoredResponse;
  bytes: number;
  /** Epoch milliseconds. */
  goneMs: number;
  /** Purges up to this count are known not to concern it. */
  checked: number;
}

/** One link of the ring in which the evicting hand goes round. */
interface Resource {
  name: string;
  path: string;
  vary: readonly string[];
  variants: Map<string, Variant>;
  /** Asked for since the hand came by. */
  isVisited: boolean;
  newer: Resource | undefined;
  older: Resource | undefined;
}

/** What an entry takes beside its texts and its body. */
const ENTRY_BYTES = 600;
const LINE_BYTES = 64;
/** Resources dropped a moment ago, whose answers under way must not be stored. */
const MAX_DROPS = 1000;

const NO_NAMES: readonly string[] = Object.freeze([]);

/**
 * Responses in this process's memory, bounded in bytes and in number. Evicts by SIEVE (Zhang and others, NSDI 2024): new entries that nobody asks for
 * again leave first, and a hit only sets a mark.
 */
export class MemoryResponseStore implements ResponseStore {
  readonly leases = undefined;
  readonly #settings: MemoryResponseStoreSettings;
  readonly #resources = new Map<string, Resource>();
  readonly #purges = new PurgeLog();
  readonly #drops = new Map<string, number>();
  #dropFloor = 0;
  #count = 0;
  #moment: StoreMoment = { count: 0, generation: "", stamp: "" };
  #entries = 0;
  #bytes = 0;
  #evictions = 0;
  #newest: Resource | undefined = undefined;
  #oldest: Resource | undefined = undefined;
  #hand: Resource | undefined = undefined;

  constructor(settings: MemoryResponseStoreSettings) {
    this.#settings = settings;
  }

  lookup(address: ResponseAddress): Found {
    const resource = this.#resources.get(address.resource);
    if (resource === undefined) return this.#found(undefined, NO_NAMES);
    const { vary } = resource;
    const id = address.variantOf(vary);
    const variant = resource.variants.get(id);
    if (variant === undefined) return this.#found(undefined, vary, true);
    if (!this.#isAlive(resource, variant)) {
      this.#forget(resource, id, variant);
      return this.#found(undefined, vary, resource.variants.size > 0);
    }
    resource.isVisited = true;
    return this.#found(variant.response, vary, true);
  }

  put(
    address: ResponseAddress,
    vary: readonly string[],
    response: StoredResponse,
    keepMs: number,
    moment: StoreMoment,
  ): void {
    const { maxBytes, maxVariants, clock } = this.#settings;
    if (moment.count < Math.max(this.#drops.get(address.resource) ?? 0, this.#dropFloor)) return;
    if (this.#purges.isPurged(address.path, response.tags, moment.count)) return;
    const ownBytes = sizeOf(address, response);
    if (ownBytes > maxBytes || keepMs <= 0) return;
    const resource = this.#resources.get(address.resource) ?? this.#add(address);
    const names = joinNames(resource.vary, vary);
    // Under other names the variants that are there cannot be found any more.
    if (names !== resource.vary) {
      for (const [id, variant] of resource.variants) this.#remove(resource, id, variant);
      resource.vary = names;
    }
    const id = address.variantOf(names);
    // Strangers write the headers that name a variant.
    const bytes = ownBytes + 2 * id.length;
    const former = resource.variants.get(id);
    if (former !== undefined) this.#remove(resource, id, former);
    else if (resource.variants.size >= maxVariants) {
      const [oldest] = resource.variants;
      if (oldest !== undefined) this.#remove(resource, oldest[0], oldest[1]);
    }
    const variant: Variant = {
      response,
      bytes,
      goneMs: clock.now() + keepMs,
      checked: moment.count,
      grow: (more) => this.#grow(resource, variant, more),
    };
    if (response.forms !== undefined) response.forms.owner = variant;
    resource.variants.set(id, variant);
    this.#entries++;
    this.#bytes += bytes;
    this.#evict(resource);
  }

  drop(name: string): void {
    this.#advance();
    this.#drops.delete(name);
    this.#drops.set(name, this.#count);
    if (this.#drops.size > MAX_DROPS) {
      const [oldest] = this.#drops;
      if (oldest !== undefined) {
        this.#drops.delete(oldest[0]);
        this.#dropFloor = oldest[1];
      }
    }
    const resource = this.#resources.get(name);
    if (resource !== undefined) this.#removeResource(resource);
  }

  purge(purge: Purge): void {
    this.#advance();
    this.#purges.add(purge, this.#count);
  }

  stats(): Readonly<Record<string, number>> {
    return { entries: this.#entries, bytes: this.#bytes, evictions: this.#evictions };
  }

  close(): void {
    for (const resource of this.#resources.values()) this.#removeResource(resource);
    this.#newest = this.#oldest = this.#hand = undefined;
    this.#entries = this.#bytes = 0;
  }

  /** A later moment than all before. */
  #advance(): void {
    this.#count++;
    this.#moment = { count: this.#count, generation: "", stamp: "" };
  }

  #found(response: StoredResponse | undefined, vary: readonly string[], isKnown = false): Found {
    return { response, vary, isKnown, moment: this.#moment };
  }

  #isAlive(resource: Resource, variant: Variant): boolean {
    if (variant.goneMs <= this.#settings.clock.now()) return false;
    if (variant.checked >= this.#purges.last) return true;
    if (this.#purges.isPurged(resource.path, variant.response.tags, variant.checked)) return false;
    variant.checked = this.#purges.last;
    return true;
  }

  #add({ resource: name, path }: ResponseAddress): Resource {
    const resource: Resource = {
      name,
      path,
      vary: NO_NAMES,
      variants: new Map(),
      isVisited: false,
      newer: undefined,
      older: this.#newest,
    };
    if (this.#newest !== undefined) this.#newest.newer = resource;
    this.#newest = resource;
    this.#oldest ??= resource;
    this.#resources.set(name, resource);
    return resource;
  }

  #forget(resource: Resource, id: string, variant: Variant): void {
    this.#remove(resource, id, variant);
    if (resource.variants.size === 0) this.#removeResource(resource);
  }

  #grow(resource: Resource, variant: Variant, bytes: number): boolean {
    if (variant.bytes + bytes > this.#settings.maxBytes) return false;
    variant.bytes += bytes;
    this.#bytes += bytes;
    this.#evict(resource);
    return true;
  }

  #evict(spared: Resource): void {
    const { maxBytes, maxEntries } = this.#settings;
    while (this.#entries > maxEntries || this.#bytes > maxBytes) if (!this.#evictOne(spared)) break;
  }

  #remove(resource: Resource, id: string, variant: Variant): void {
    if (variant.response.forms?.owner === variant) variant.response.forms.owner = undefined;
    resource.variants.delete(id);
    this.#entries--;
    this.#bytes -= variant.bytes;
  }

  #removeResource(resource: Resource): void {
    for (const [id, variant] of resource.variants) this.#remove(resource, id, variant);
    this.#resources.delete(resource.name);
    if (this.#hand === resource) this.#hand = resource.newer;
    if (resource.newer === undefined) this.#newest = resource.older;
    else resource.newer.older = resource.older;
    if (resource.older === undefined) this.#oldest = resource.newer;
    else resource.older.newer = resource.newer;
  }

  /** From the oldest to the newest: whoever was asked for is spared once. */
  #evictOne(spared: Resource): boolean {
    let hand = this.#hand ?? this.#oldest;
    while (hand !== undefined && (hand.isVisited || hand === spared)) {
      if (hand === spared && this.#resources.size === 1) break;
      hand.isVisited = false;
      hand = hand.newer ?? this.#oldest;
    }
    if (hand === undefined) return false;
    if (hand === spared) {
      const [oldest] = hand.variants;
      if (oldest === undefined || hand.variants.size === 1) return false;
      this.#remove(hand, oldest[0], oldest[1]);
    } else {
      this.#hand = hand.newer;
      this.#removeResource(hand);
    }
    this.#evictions++;
    return true;
  }
}

/** The names of both; the first list itself when it has all. */
function joinNames(known: readonly string[], further: readonly string[]): readonly string[] {
  const missing = further.filter((name) => !known.includes(name));
  return missing.length === 0 ? known : [...known, ...missing].toSorted();
}

function sizeOf({ resource, path }: ResponseAddress, { lines, body, tags }: StoredResponse): number {
  let bytes = ENTRY_BYTES + body.byteLength + 2 * (resource.length + path.length);
  for (const [name, value] of lines) {
    bytes += LINE_BYTES + 2 * name.length;
    if (typeof value === "string") bytes += 2 * value.length;
    else for (const item of value) bytes += LINE_BYTES + 2 * item.length;
  }
  for (const tag of tags) bytes += LINE_BYTES + 2 * tag.length;
  return bytes;
}
