import type { EncodedVariants } from "../../gate/encoded-variants.ts";
import type { FixedHeader } from "../../gate/exchange.ts";
import type { FormsOwner, ResponseForms, StoredLine, StoredResponse } from "../../state/response-store.ts";
import type { CacheContext } from "./cache-context.ts";
import { StoredReply } from "./stored-reply.ts";

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** A word above what the store knows of: the table's entry of one encoded form. */
const ENTRY_BYTES = 100;

/** What hits make of one stored response, once for all of them: its encoded bodies, and the whole answer as it is within one second. */
export class StoredForms implements ResponseForms, EncodedVariants {
  owner: FormsOwner | undefined = undefined;
  readonly #body: Uint8Array;
  #encoded: Map<string, Uint8Array> | undefined = undefined;
  /** Null where the lines cannot be sent as they are. */
  #lines: readonly FixedHeader[] | null | undefined = undefined;
  #reply: StoredReply | undefined = undefined;
  #context: CacheContext | undefined = undefined;
  #ageS = -1;
  #ttlS = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  get(encoding: string, body: Uint8Array): Uint8Array | undefined {
    const kept = this.#encoded?.get(encoding);
    return kept !== undefined && this.#isOwn(body) ? kept : undefined;
  }

  set(encoding: string, body: Uint8Array, encoded: Uint8Array): void {
    if (this.#encoded?.has(encoding) === true || !this.#isOwn(body)) return;
    if (this.owner?.grow(encoded.byteLength + ENTRY_BYTES) !== true) return;
    this.#encoded ??= new Map();
    this.#encoded.set(encoding, encoded);
  }

  /** The whole answer of a fresh response; undefined where each answer has to be put together by itself. */
  fresh(context: CacheContext, stored: StoredResponse, ageS: number, ttlS: number): StoredReply | undefined {
    if (this.#reply !== undefined && this.#ageS === ageS && this.#ttlS === ttlS && this.#context === context) {
      return this.#reply;
    }
    const lines = (this.#lines ??= tryFixLines(stored) ?? null);
    if (lines === null) return undefined;
    const headers = [
      ...lines,
      { name: "Age", lower: "age", value: String(ageS) },
      { name: "X-Cache", lower: "x-cache", value: "HIT" },
      { name: "Cache-Status", lower: "cache-status", value: `${context.name}; hit; ttl=${ttlS}` },
    ];
    if (context.showsTtl) headers.push({ name: "X-Cache-TTL", lower: "x-cache-ttl", value: String(ttlS) });
    this.#ageS = ageS;
    this.#ttlS = ttlS;
    this.#context = context;
    this.#reply = new StoredReply(stored.status, headers, stored.body);
    return this.#reply;
  }

  /** Mostly it is the same memory; some platforms hand over a copy, and layers may have changed it. */
  #isOwn(body: Uint8Array): boolean {
    const own = this.#body;
    if (body.byteLength !== own.byteLength) return false;
    return (body.buffer === own.buffer && body.byteOffset === own.byteOffset) || Buffer.compare(own, body) === 0;
  }
}

/** Undefined for a response that comes from another process. */
export function formsOf({ forms }: StoredResponse): StoredForms | undefined {
  return forms instanceof StoredForms ? forms : undefined;
}

/** Each line once, checked, with the body's length; undefined where a line repeats, or cannot be sent. */
function tryFixLines({ lines, status, body }: StoredResponse): FixedHeader[] | undefined {
  const fixed: FixedHeader[] = [];
  const names = new Set(["cache-status", "content-length"]);
  for (const line of lines) {
    const header = tryFix(line);
    if (header === undefined || names.has(header.lower)) return undefined;
    names.add(header.lower);
    fixed.push(header);
  }
  if (status !== 204 && status !== 304)
    fixed.push({ name: "Content-Length", lower: "content-length", value: String(body.byteLength) });
  return fixed;
}

function tryFix([name, value]: StoredLine): FixedHeader | undefined {
  if (typeof value !== "string" || !TOKEN.test(name) || !FIELD_VALUE.test(value)) return undefined;
  return { name, lower: name.toLowerCase(), value };
}
