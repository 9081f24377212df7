import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { FixedHeader, ResponseHead } from "../exchange.ts";
import { outHeadersOf, type OutHeaders, readOutHeader } from "./out-headers.ts";
import type { RevocableHead } from "../gate.ts";

/** What `writeHead` takes as headers: an object, or names and values in turn (flat or as pairs). */
export type HeadArgument = OutgoingHttpHeaders | readonly unknown[];

/** How one line stood before a change; without a name it was the status. */
interface Change {
  name: string | undefined;
  before: OutgoingHttpHeader | undefined;
  argument: HeadArgument | undefined;
}

/**
 * The head of a Node response. While `writeHead(status, headers)` runs, the headers of that call are part of it; they stay in the
 * call unless a layer changes one of them, since Node sends them fastest, and in their own spelling, from there.
 */
export class NodeHead implements ResponseHead, RevocableHead {
  readonly #response: ServerResponse;
  #argument: HeadArgument | undefined = undefined;
  #status: number | undefined = undefined;
  #isWatched = false;
  #changes: Change[] | undefined = undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Begins a `writeHead` call with its arguments. */
  open(status: number, argument: HeadArgument | undefined): void {
    this.#status = status;
    this.#argument = argument;
  }

  /** Ends it; what is left of the arguments goes to Node. */
  close(): HeadArgument | undefined {
    const argument = this.#argument;
    this.#argument = undefined;
    this.#status = undefined;
    return argument;
  }

  /** Moves the arguments' headers into the response, where Node checks them. */
  settle(): void {
    if (this.#argument !== undefined) this.#settle();
  }

  /** Notes changes from now on. */
  watch(): void {
    this.#isWatched = true;
  }

  /** Whether anything was changed since `watch`; ends it. */
  unwatch(): boolean {
    const isChanged = this.#changes !== undefined && this.#changes.length > 0;
    this.#changes = undefined;
    this.#isWatched = false;
    return isChanged;
  }

  mark(): number {
    return this.#changes === undefined ? 0 : this.#changes.length;
  }

  backTo(mark: number): void {
    this.#isWatched = false;
    for (const { name, before, argument } of (this.#changes ?? []).splice(mark).toReversed()) {
      if (name === undefined) this.status = Number(before);
      else if (argument !== undefined && this.#isWholeHead()) this.#argument = argument;
      else if (before === undefined) this.#response.removeHeader(name);
      else this.#response.setHeader(name, before as string);
    }
    this.#isWatched = true;
  }

  get status(): number {
    return this.#status ?? this.#response.statusCode;
  }

  set status(status: number) {
    if (this.#isWatched) this.#note(undefined, this.status);
    if (this.#status === undefined) this.#response.statusCode = status;
    else this.#status = status;
  }

  get sent(): boolean {
    return this.#response.headersSent;
  }

  get(name: string): string | undefined {
    const own = this.#argument === undefined ? undefined : findHeader(this.#argument, name);
    const value = own ?? readOutHeader(this.#response, name);
    if (value === undefined || typeof value === "string") return value;
    return Array.isArray(value) ? value.join(", ") : String(value);
  }

  *entries(): Iterable<[string, string | readonly string[]]> {
    const argued = new Set<string>();
    if (this.#argument !== undefined) {
      for (const pair of pairsOf(this.#argument)) {
        argued.add(pair[0].toLowerCase());
        yield pair;
      }
    }
    for (const name of namesOf(this.#response)) {
      const value = this.#response.getHeader(name);
      if (value !== undefined && !argued.has(name.toLowerCase())) yield [name, toText(value)];
    }
  }

  has(name: string): boolean {
    return readOutHeader(this.#response, name) !== undefined || this.#argues(name);
  }

  set(name: string, value: string | readonly string[]): void {
    if (this.#isWatched) this.#note(name);
    if (this.#isWholeHead()) {
      this.#dropLines(name);
      this.#addLine(name, value);
      return;
    }
    if (this.#argues(name)) this.#settle();
    this.#response.setHeader(name, value);
  }

  append(name: string, value: string): void {
    if (this.#isWatched) this.#note(name);
    if (this.#isWholeHead()) {
      this.#addLine(name, value);
      return;
    }
    if (this.#argues(name)) this.#settle();
    this.#response.appendHeader(name, value);
  }

  remove(name: string): void {
    if (this.#isWatched) this.#note(name);
    if (this.#isWholeHead()) {
      this.#dropLines(name);
      return;
    }
    if (this.#argues(name)) this.#settle();
    this.#response.removeHeader(name);
  }

  #note(name: string | undefined, before?: OutgoingHttpHeader): void {
    const argument = this.#argument;
    const own = argument === undefined || name === undefined ? undefined : findHeader(argument, name);
    const stood = name === undefined ? before : (own ?? this.#response.getHeader(name));
    // A list that is appended to in place would lose what stood before.
    this.#changes ??= [];
    this.#changes.push({ name, before: Array.isArray(stood) ? [...stood] : stood, argument });
  }

  setAbsent(headers: readonly FixedHeader[]): void {
    const table = this.#openTable();
    if (table === undefined) {
      for (const { lower, name, value } of headers) if (!this.has(lower)) this.set(name, value);
      return;
    }
    for (let index = 0; index < headers.length; index++) {
      const { lower, name, value } = headers[index]!;
      // A new entry each time: `appendHeader` writes into it.
      if (table[lower] === undefined && !this.#argues(lower)) table[lower] = [name, value];
    }
  }

  setKnown(lower: string, name: string, value: string): void {
    const table = this.#openTable();
    if (table === undefined || this.#argues(lower)) this.set(name, value);
    else table[lower] = [name, value];
  }

  /** Node's own table, where what is known to be valid may be written at once: not while changes are noted, nor into a list of lines. */
  #openTable(): OutHeaders | undefined {
    if (this.#isWatched || (this.#argument !== undefined && isList(this.#argument))) return undefined;
    return outHeadersOf(this.#response);
  }

  #argues(name: string): boolean {
    return this.#argument !== undefined && findHeader(this.#argument, name) !== undefined;
  }

  /** Whether a list of headers is all there is: Node reads it otherwise, or refuses it, once the response has a header of its own. */
  #isWholeHead(): boolean {
    return this.#argument !== undefined && isOpenList(this.#argument) && this.#response.getHeaderNames().length === 0;
  }

  #addLine(name: string, value: string | readonly string[]): void {
    const list = this.#argument as readonly unknown[];
    this.#argument = Array.isArray(list[0]) ? [...list, [name, value]] : [...list, name, value];
  }

  #dropLines(name: string): void {
    if (!this.#argues(name)) return;
    const list = this.#argument as readonly unknown[];
    const isOther = (key: unknown): boolean => String(key).toLowerCase() !== name.toLowerCase();
    this.#argument = Array.isArray(list[0])
      ? list.filter((pair) => !Array.isArray(pair) || isOther(pair[0]))
      : list.filter((_item, index) => isOther(list[index - (index % 2)]));
  }

  /** Moves the arguments' headers into the response, as `writeHead` itself would. */
  #settle(): void {
    const pairs = [...pairsOf(this.#argument ?? [])];
    this.#argument = undefined;
    for (const [name] of pairs) this.#response.removeHeader(name);
    for (const [name, value] of pairs) this.#response.appendHeader(name, value);
  }
}

/** As they were written, where Node knows (HTTP/1). */
function namesOf(response: ServerResponse): string[] {
  const { getRawHeaderNames } = response as { getRawHeaderNames?: () => string[] };
  return getRawHeaderNames === undefined ? response.getHeaderNames() : getRawHeaderNames.call(response);
}

function* pairsOf(argument: HeadArgument): Iterable<[string, string | string[]]> {
  if (!isList(argument)) {
    for (const [name, value] of Object.entries(argument)) if (value !== undefined) yield [name, toText(value)];
  } else if (Array.isArray(argument[0])) {
    for (const pair of argument) if (Array.isArray(pair)) yield [String(pair[0]), toText(pair[1])];
  } else {
    for (let at = 0; at + 1 < argument.length; at += 2) yield [String(argument[at]), toText(argument[at + 1])];
  }
}

function findHeader(argument: HeadArgument, name: string): OutgoingHttpHeader | undefined {
  const wanted = name.toLowerCase();
  if (!isList(argument)) {
    for (const key in argument) if (key.length === wanted.length && key.toLowerCase() === wanted) return argument[key];
    return undefined;
  }
  for (const [key, value] of pairsOf(argument)) if (key.toLowerCase() === wanted) return value;
  return undefined;
}

function isList(argument: HeadArgument): argument is readonly unknown[] {
  return Array.isArray(argument);
}

/** Names and values in turn, or pairs of them: not a list that Node will refuse. */
function isOpenList(argument: HeadArgument): boolean {
  return isList(argument) && argument.length > 0 && (Array.isArray(argument[0]) || argument.length % 2 === 0);
}

function toText(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}
