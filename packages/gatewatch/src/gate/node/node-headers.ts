import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { HeaderReader } from "../exchange.ts";

/** What a request has at least: one that no server made may lack its headers, and an app may have taken them away. */
interface BareRequest {
  headers?: IncomingHttpHeaders | null;
  headersDistinct?: NodeJS.Dict<string[]> | null;
}

/** Request headers as Node parsed them. */
export class NodeHeaders implements HeaderReader {
  readonly #request: BareRequest;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get(name: string): string | undefined {
    const value = this.#request.headers?.[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  getAll(name: string): readonly string[] {
    return this.#request.headersDistinct?.[name] ?? [];
  }

  *entries(): Iterable<[string, string | readonly string[]]> {
    for (const [name, value] of Object.entries(this.#request.headers ?? {})) {
      // HTTP/2 keeps the request line among the headers.
      if (value !== undefined && !name.startsWith(":")) yield [name, value];
    }
  }
}
