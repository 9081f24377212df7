import { createHash, randomBytes } from "node:crypto";
import { packResponse, tryUnpackResponse } from "./pack-response.ts";
import { PurgeLog } from "./purge-log.ts";
import type { RedisPort } from "./redis/redis-port.ts";
import { ACQUIRE, DROP, LOOKUP, PURGE, PUT, RELEASE, RENEW } from "./redis-response-scripts.ts";
import type {
  Found,
  Lease,
  LeaseAnswer,
  Purge,
  ResponseAddress,
  ResponseLeases,
  ResponseStore,
  StoredResponse,
  StoreMoment,
} from "./response-store.ts";

export interface RedisResponseStoreSettings {
  port: RedisPort;
  /** Begins every key. */
  prefix: string;
  maxVariants: number;
  /** How long the right to fill a variant lasts without renewal. */
  leaseMs: number;
}

/** No entry is kept longer, so that purges may be forgotten after it. */
const MAX_KEEP_MS = 30 * 24 * 3_600_000;
const MAX_LOG = 10_000;
const LOG_PAGE = 1000;
/** Longer than any handler runs. */
const GENERATION_MS = 600_000;
const UNSHARED_MS = 10_000;
/** `Vary` names seen lately, so that one question is enough. */
const MAX_KNOWN_NAMES = 10_000;
/** Drops and purges that wait for Redis to come back. */
const MAX_WAITING = 1000;

const NO_NAMES: readonly string[] = Object.freeze([]);
const NOTHING: Found = {
  response: undefined,
  vary: NO_NAMES,
  isKnown: false,
  moment: { count: 0, generation: "?", stamp: "" },
};

/** Responses in Redis: one question a hit, every key with a life. Whatever fails is a miss, and what could not be dropped meanwhile is dropped before Redis is asked again. */
export class RedisResponseStore implements ResponseStore, ResponseLeases {
  readonly leaseMs: number;
  readonly #port: RedisPort;
  readonly #prefix: string;
  readonly #maxVariants: number;
  readonly #names = new Map<string, string>();
  #purges = new PurgeLog();
  /** The newest purge that `#purges` knows; undefined before the first look. */
  #seen: number | undefined = undefined;
  #waiting: (() => Promise<unknown>)[] = [];
  #isFlushing = false;
  readonly #stats = { failures: 0, garbage: 0, waiting: 0 };

  constructor({ port, prefix, maxVariants, leaseMs }: RedisResponseStoreSettings) {
    this.#port = port;
    this.#prefix = prefix;
    this.#maxVariants = maxVariants;
    this.leaseMs = leaseMs;
  }

  get leases(): ResponseLeases {
    return this;
  }

  async lookup(address: ResponseAddress): Promise<Found> {
    try {
      if (this.#waiting.length > 0) await this.#flush();
      const key = digest(address.resource);
      const guess = this.#names.get(key) ?? "";
      const found = await this.#ask(address, key, guess);
      return typeof found === "string" ? this.#second(await this.#ask(address, key, found)) : found;
    } catch {
      this.#stats.failures++;
      return NOTHING;
    }
  }

  #second(found: Found | string): Found {
    return typeof found === "string" ? NOTHING : found;
  }

  /** What is kept, or the names that select variants when they are others than those guessed. */
  async #ask(address: ResponseAddress, key: string, names: string): Promise<Found | string> {
    const vary = splitNames(names);
    const keys = [this.#key(key, "r"), this.#key(key, "g")];
    const field = fieldOf(address, vary);
    const { isCluster } = this.#port;
    const asked = this.#port.run(LOOKUP, isCluster ? keys : [...keys, this.#countKey], [field], "bytes");
    const [reply, countReply] = await Promise.all([
      asked,
      isCluster ? this.#port.send(["get", this.#countKey], this.#countKey, "bytes") : undefined,
    ]);
    if (!Array.isArray(reply) || reply.length < 3) return this.#garbage();
    const known = toText(reply[0]);
    const count = Number(toText(isCluster ? countReply : reply[3]) ?? "0");
    if (!Number.isSafeInteger(count)) return this.#garbage();
    if (known !== undefined && known !== names) {
      this.#learn(key, known);
      return known;
    }
    if (count !== this.#seen) await this.#readLog(count);
    const moment: StoreMoment = { count, generation: toText(reply[2]) ?? "", stamp: "" };
    const packed: unknown = reply[1];
    if (!(packed instanceof Uint8Array)) return { response: undefined, vary, isKnown: known !== undefined, moment };
    const kept = tryUnpackResponse(packed);
    if (kept === undefined) {
      this.#stats.garbage++;
      return { response: undefined, vary, isKnown: true, moment };
    }
    const isPurged = kept.count > count || this.#purges.isPurged(address.path, kept.response.tags, kept.count);
    return {
      response: isPurged ? undefined : kept.response,
      vary,
      isKnown: true,
      moment: { ...moment, stamp: kept.stamp },
    };
  }

  async put(
    address: ResponseAddress,
    vary: readonly string[],
    response: StoredResponse,
    keepMs: number,
    moment: StoreMoment,
    lease?: Lease,
  ): Promise<void> {
    if (moment.generation === NOTHING.moment.generation || keepMs <= 0) return;
    const key = digest(address.resource);
    const names = [...new Set([...splitNames(this.#names.get(key) ?? ""), ...vary])].toSorted();
    const text = names.join(",");
    const stamp = randomBytes(6).toString("base64url");
    const packed = packResponse({ response, count: moment.count, stamp });
    const field = fieldOf(address, names);
    const life = String(Math.ceil(Math.min(keepMs, MAX_KEEP_MS)));
    const keys = [this.#key(key, "r"), this.#key(key, "g"), this.#key(key, `l:${fieldOf(address, vary)}`)];
    this.#learn(key, text);
    const rest = [stamp, life, moment.generation, lease?.token ?? "", String(this.#maxVariants)];
    await this.#try(() => this.#port.run(PUT, keys, [field, text, packed, ...rest]));
  }

  async drop(resource: string): Promise<void> {
    const key = digest(resource);
    const keys = [this.#key(key, "r"), this.#key(key, "g")];
    const generation = randomBytes(9).toString("base64url");
    await this.#insist(() => this.#port.run(DROP, keys, [generation, String(GENERATION_MS)]));
  }

  async purge(purge: Purge): Promise<void> {
    const life = String(MAX_KEEP_MS + 24 * 3_600_000);
    await this.#insist(() =>
      this.#port.run(PURGE, [this.#countKey, this.#logKey], [JSON.stringify(purge), life, String(MAX_LOG)]),
    );
  }

  async acquire(address: ResponseAddress, vary: readonly string[], moment: StoreMoment): Promise<LeaseAnswer> {
    const token = randomBytes(9).toString("base64url");
    const key = digest(address.resource);
    const field = fieldOf(address, vary);
    try {
      const keys = [this.#key(key, `l:${field}`), this.#key(key, "r")];
      const answer = await this.#port.run(ACQUIRE, keys, [token, String(this.leaseMs), field, moment.stamp]);
      return answer === 1 ? { token } : answer === 0 ? "busy" : answer === 3 ? "filled" : "unshared";
    } catch {
      this.#stats.failures++;
      return "unshared";
    }
  }

  async renew(address: ResponseAddress, vary: readonly string[], { token }: Lease): Promise<void> {
    const key = this.#key(digest(address.resource), `l:${fieldOf(address, vary)}`);
    await this.#try(() => this.#port.run(RENEW, [key], [token, String(this.leaseMs)]));
  }

  async release(
    address: ResponseAddress,
    vary: readonly string[],
    { token }: Lease,
    isUnshared: boolean,
  ): Promise<void> {
    const key = this.#key(digest(address.resource), `l:${fieldOf(address, vary)}`);
    await this.#try(() => this.#port.run(RELEASE, [key], [token, String(isUnshared ? UNSHARED_MS : 0)]));
  }

  stats(): Readonly<Record<string, number>> {
    const { timeouts, down } = this.#port.stats();
    return { ...this.#stats, waiting: this.#waiting.length, timeouts, down };
  }

  close(): void {
    this.#names.clear();
    this.#waiting = [];
  }

  get #countKey(): string {
    return `{${this.#prefix}purge}:count`;
  }

  get #logKey(): string {
    return `{${this.#prefix}purge}:log`;
  }

  /** Keys of one resource share a slot of a cluster. */
  #key(digest: string, kind: string): string {
    return `{${this.#prefix}${digest}}:${kind}`;
  }

  #garbage(): Found {
    this.#stats.garbage++;
    this.#port.reportGarbage();
    return NOTHING;
  }

  #learn(key: string, names: string): void {
    this.#names.delete(key);
    if (names === "") return;
    this.#names.set(key, names);
    if (this.#names.size <= MAX_KNOWN_NAMES) return;
    const [oldest] = this.#names.keys();
    if (oldest !== undefined) this.#names.delete(oldest);
  }

  /** Purges that this process has not heard of yet. */
  async #readLog(count: number): Promise<void> {
    const seen = this.#seen;
    // A count that goes back has been lost: what was purged before is not known any more.
    const purges = seen === undefined || count < seen ? new PurgeLog() : this.#purges;
    const news: { count: number; purge: Purge }[] = [];
    let isWhole = count === 0;
    for (let at = 0; at < MAX_LOG && !isWhole; at += LOG_PAGE) {
      const command = ["lrange", this.#logKey, String(at), String(at + LOG_PAGE - 1)];
      const page = await this.#port.send(command, this.#logKey);
      if (!Array.isArray(page)) break;
      for (const line of page as readonly unknown[]) {
        const entry = tryReadPurge(line);
        if (entry === undefined || isWhole) continue;
        if (seen !== undefined && entry.count <= seen) isWhole = true;
        else news.push(entry);
      }
      // The log begins here, and nothing was cut off it.
      if (page.length < LOG_PAGE) isWhole ||= at + page.length < MAX_LOG && news.length > 0;
      if (page.length < LOG_PAGE) break;
    }
    if (!isWhole) purges.add({ kind: "all" }, count);
    for (const entry of news.toReversed()) purges.add(entry.purge, entry.count);
    this.#purges = purges;
    this.#seen = count;
  }

  async #try(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch {
      this.#stats.failures++;
      return false;
    }
  }

  /** What must not be lost waits until Redis is back. */
  async #insist(run: () => Promise<unknown>): Promise<void> {
    if (await this.#try(run)) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(run);
    else this.#waiting = [() => this.#purgeAll()];
  }

  #purgeAll(): Promise<unknown> {
    const life = String(MAX_KEEP_MS + 24 * 3_600_000);
    return this.#port.run(PURGE, [this.#countKey, this.#logKey], ['{"kind":"all"}', life, String(MAX_LOG)]);
  }

  /** @throws RedisError (as a rejection) while Redis is away: entries that wait to be dropped must not be found. */
  async #flush(): Promise<void> {
    if (this.#isFlushing) throw new Error("others are being dropped");
    this.#isFlushing = true;
    try {
      while (this.#waiting.length > 0) {
        const [next] = this.#waiting;
        await next?.();
        this.#waiting.shift();
      }
    } finally {
      this.#isFlushing = false;
    }
  }
}

function tryReadPurge(line: unknown): { count: number; purge: Purge } | undefined {
  const text = toText(line);
  const space = text?.indexOf(" ") ?? -1;
  if (text === undefined || space === -1) return undefined;
  try {
    const count = Number(text.slice(0, space));
    const purge: unknown = JSON.parse(text.slice(space + 1));
    return Number.isSafeInteger(count) && isPurge(purge) ? { count, purge } : undefined;
  } catch {
    return undefined;
  }
}

function isPurge(value: unknown): value is Purge {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "all") return true;
  if (value.kind === "tag") return "tag" in value && typeof value.tag === "string";
  return value.kind === "path" && "path" in value && typeof value.path === "string" && "isPrefix" in value;
}

function splitNames(names: string): readonly string[] {
  return names === "" ? NO_NAMES : names.split(",");
}

function fieldOf(address: ResponseAddress, vary: readonly string[]): string {
  const variant = address.variantOf(vary);
  return variant === "" ? "v" : `v${digest(variant)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 27);
}

function toText(reply: unknown): string | undefined {
  if (reply instanceof Uint8Array)
    return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString("utf8");
  return typeof reply === "string" ? reply : typeof reply === "number" ? String(reply) : undefined;
}
