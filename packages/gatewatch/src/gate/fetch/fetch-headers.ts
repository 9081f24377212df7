import type { HeaderReader } from "../exchange.ts";

/** Request headers of the Fetch standard, which joins repeated ones. */
export class FetchHeaders implements HeaderReader {
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    // HTTP/2's own fields are no headers here, and their names would be refused.
    return name.startsWith(":") ? undefined : (this.#headers.get(name) ?? undefined);
  }

  getAll(name: string): readonly string[] {
    const value = this.get(name);
    return value === undefined ? [] : [value];
  }

  entries(): Iterable<[string, string | readonly string[]]> {
    return this.#headers.entries();
  }
}
