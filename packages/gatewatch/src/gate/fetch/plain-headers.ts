/** What of `Headers` is needed of a head's headers. */
export interface HeaderStore extends Iterable<[string, string]> {
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
  getSetCookie(): string[];
}

interface Line {
  name: string;
  /** More than one for `Set-Cookie` only: other lists are joined. */
  values: string[];
}

/** A token, and a field value of RFC 9110 (sections 5.1 and 5.5) in the bytes that a header can carry. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Headers in the order and spelling in which they were written. `Headers` sorts and folds them, at ten times the price. */
export class PlainHeaders implements HeaderStore {
  readonly #lines = new Map<string, Line>();
  isChanged = false;

  constructor(given: Readonly<Record<string, string>> = {}) {
    for (const name in given) this.#lines.set(name.toLowerCase(), { name, values: [given[name]!] });
  }

  get(name: string): string | null {
    return this.#lines.get(name.toLowerCase())?.values.join(", ") ?? null;
  }

  has(name: string): boolean {
    return this.#lines.has(name.toLowerCase());
  }

  /** @throws TypeError for what cannot be a header, as `Headers` does. */
  set(name: string, value: string): void {
    check(name, value);
    this.isChanged = true;
    this.#lines.set(name.toLowerCase(), { name, values: [value] });
  }

  /** @throws TypeError for what cannot be a header, as `Headers` does. */
  append(name: string, value: string): void {
    check(name, value);
    this.isChanged = true;
    const lower = name.toLowerCase();
    const line = this.#lines.get(lower);
    if (line === undefined) this.#lines.set(lower, { name, values: [value] });
    else if (lower === "set-cookie") line.values.push(value);
    else line.values = [`${line.values[0]}, ${value}`];
  }

  delete(name: string): void {
    if (this.#lines.delete(name.toLowerCase())) this.isChanged = true;
  }

  /** A header that is known to be valid, unless it is there. */
  setAbsent(lower: string, name: string, value: string): void {
    if (this.#lines.has(lower)) return;
    this.isChanged = true;
    this.#lines.set(lower, { name, values: [value] });
  }

  getSetCookie(): string[] {
    return [...(this.#lines.get("set-cookie")?.values ?? [])];
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const { name, values } of this.#lines.values()) for (const value of values) yield [name, value];
  }

  /** For a response's `headers`: a record as long as each header has one line. */
  toInit(): Record<string, string> | Headers {
    if ((this.#lines.get("set-cookie")?.values.length ?? 0) > 1) return new Headers([...this]);
    const record: Record<string, string> = {};
    for (const { name, values } of this.#lines.values()) record[name] = values[0]!;
    return record;
  }
}

function check(name: string, value: string): void {
  if (!NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot be the name of a header`);
  if (!VALUE.test(value)) throw new TypeError(`the header ${name} cannot have the value ${JSON.stringify(value)}`);
}
