import type { FixedHeader, ResponseHead } from "../exchange.ts";
import type { RevocableHead } from "../gate.ts";
import type { LightBody } from "./peek-light-body.ts";
import { type HeaderStore, PlainHeaders } from "./plain-headers.ts";

/** What @hono/node-server says of a body whose app says nothing. */
const DEFAULT_TYPE = { "Content-Type": "text/plain; charset=UTF-8" };

interface EarlyHeader {
  name: string;
  value: string | readonly string[];
  isAppended: boolean;
}

/**
 * The head of an answer that is a `Response`. Until the app has made one, what layers set is kept, and yields to what the app sets itself.
 * The response is looked at only where a layer does: a server may keep it in a cheaper form as long as nobody touches it.
 */
export class FetchHead implements ResponseHead, RevocableHead {
  sent = false;
  #response: Response | undefined;
  #early: EarlyHeader[] | undefined;
  #status: number | undefined;
  #light: LightBody | undefined;
  /** The response's own headers, or a copy where those are read-only, as in what `fetch()` returns. */
  #headers: HeaderStore | undefined;
  #isCopy = false;
  /** What changes since the first mark have overwritten; undefined before it. */
  #undo: (() => void)[] | undefined;

  /** The app's answer is there. */
  attach(response: Response, light?: LightBody): void {
    this.#response = response;
    this.#light = light;
    const early = this.#early;
    this.#early = undefined;
    if (early === undefined) return;
    for (const { name, value, isAppended } of early) {
      if (isAppended) for (const item of [value].flat()) this.append(name, item);
      else if (!this.has(name)) this.set(name, value);
    }
  }

  get #store(): HeaderStore {
    return (this.#headers ??= this.#open());
  }

  #open(): HeaderStore {
    const light = this.#light;
    if (light !== undefined) {
      const given = light[2] ?? (light[1] === null ? {} : DEFAULT_TYPE);
      if (isRecord(given)) return new PlainHeaders(given);
    }
    return this.#response?.headers ?? new Headers();
  }

  /** For a response with another body or status and this head. Headers that nobody has touched are as they were given. */
  toInit(): ConstructorParameters<typeof Headers>[0] {
    if (this.#headers === undefined) return this.#light === undefined ? this.#response?.headers : this.#light[2];
    return this.#headers instanceof PlainHeaders ? this.#headers.toInit() : (this.#headers as Headers);
  }

  /** Whether the response as it is does not carry this head. */
  get isChanged(): boolean {
    if (this.#headers instanceof PlainHeaders && this.#headers.isChanged) return true;
    return this.#isCopy || (this.#status !== undefined && this.#status !== this.#response?.status);
  }

  /** The status that an answer without a response has, such as a server's own to an error. */
  settle(status: number): void {
    this.#status = status;
    this.sent = true;
  }

  get status(): number {
    return this.#status ?? this.#response?.status ?? 200;
  }

  /** @throws RangeError for what no `Response` can have. */
  set status(status: number) {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`${status} cannot be the status of a response: 200 to 599 can`);
    }
    const before = this.#status;
    this.#undo?.push(() => {
      this.#status = before;
    });
    this.#status = status;
  }

  mark(): number {
    return (this.#undo ??= []).length;
  }

  backTo(mark: number): void {
    for (const undo of this.#undo?.splice(mark).toReversed() ?? []) undo();
  }

  get(name: string): string | undefined {
    if (this.#response !== undefined) return this.#store.get(name) ?? undefined;
    const found = this.#early?.filter((header) => isNamed(header, name)).flatMap(({ value }) => value);
    return found === undefined || found.length === 0 ? undefined : found.join(", ");
  }

  *entries(): Iterable<[string, string | readonly string[]]> {
    const headers = this.#response === undefined ? this.#toHeaders() : this.#store;
    for (const [name, value] of headers) if (name.toLowerCase() !== "set-cookie") yield [name, value];
    const cookies = headers.getSetCookie();
    if (cookies.length > 0) yield ["set-cookie", cookies];
  }

  #toHeaders(): PlainHeaders {
    const headers = new PlainHeaders();
    for (const { name, value } of this.#early ?? []) for (const item of [value].flat()) headers.append(name, item);
    return headers;
  }

  has(name: string): boolean {
    if (this.#response !== undefined) return this.#store.has(name);
    return this.#early?.some((header) => isNamed(header, name)) ?? false;
  }

  set(name: string, value: string | readonly string[]): void {
    if (this.#response === undefined) {
      this.remove(name);
      this.#addEarly(name, value, false);
    } else if (typeof value === "string") this.#change(name, (headers) => headers.set(name, value));
    else {
      this.#change(name, (headers) => {
        headers.delete(name);
        for (const item of value) headers.append(name, item);
      });
    }
  }

  append(name: string, value: string): void {
    if (this.#response === undefined) this.#addEarly(name, value, true);
    else this.#change(name, (headers) => headers.append(name, value));
  }

  remove(name: string): void {
    if (this.#response !== undefined) this.#change(name, (headers) => headers.delete(name));
    else if (this.#early !== undefined) this.#early = this.#early.filter((header) => !isNamed(header, name));
  }

  setAbsent(headers: readonly FixedHeader[]): void {
    const store = this.#response === undefined ? undefined : this.#store;
    if (store instanceof PlainHeaders && this.#undo === undefined) {
      for (const { lower, name, value } of headers) store.setAbsent(lower, name, value);
      return;
    }
    for (const { lower, name, value } of headers) if (!this.has(lower)) this.set(name, value);
  }

  #addEarly(name: string, value: string | readonly string[], isAppended: boolean): void {
    // What cannot be a header is refused here, where the layer that wrote it is known.
    const checked = new PlainHeaders();
    for (const item of [value].flat()) checked.append(name, item);
    (this.#early ??= []).push({ name, value, isAppended });
  }

  #change(name: string, change: (headers: HeaderStore) => void): void {
    if (this.#undo !== undefined) this.#remember(name, this.#undo);
    if (!this.#isOwn()) {
      const copy = new Headers(this.#store as Headers);
      // A name or value that is none fails here, and then nothing has been changed.
      change(copy);
      this.#headers = copy;
      this.#isCopy = true;
      return;
    }
    try {
      change(this.#store);
    } catch (error) {
      if (this.#isCopy || this.#headers instanceof PlainHeaders) throw error;
      const copy = new Headers(this.#headers as Headers);
      change(copy);
      this.#headers = copy;
      this.#isCopy = true;
    }
  }

  /** Whether these headers belong to this one answer: an app may hand out a response without a body, or a light one, again and again. */
  #isOwn(): boolean {
    if (this.#isCopy || this.#store instanceof PlainHeaders) return true;
    return this.#light === undefined && this.#response?.body !== null;
  }

  #remember(name: string, undo: (() => void)[]): void {
    const before = valuesOf(this.#store, name);
    undo.push(() => {
      this.#store.delete(name);
      for (const value of before) this.#store.append(name, value);
    });
  }
}

function valuesOf(headers: HeaderStore, name: string): readonly string[] {
  if (name.toLowerCase() === "set-cookie") return headers.getSetCookie();
  const value = headers.get(name);
  return value === null ? [] : [value];
}

function isNamed(header: EarlyHeader, name: string): boolean {
  return header.name.toLowerCase() === name.toLowerCase();
}

function isRecord(given: object): given is Record<string, string> {
  if (given instanceof Headers || Array.isArray(given) || Symbol.iterator in given) return false;
  for (const name in given) if (typeof (given as Record<string, unknown>)[name] !== "string") return false;
  return true;
}
