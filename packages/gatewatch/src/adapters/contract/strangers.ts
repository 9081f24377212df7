import { EventEmitter } from "node:events";
import { IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What one stranger has sent and got. */
export interface Visit {
  url: string;
  address: string;
  headerName: string;
  /** What left for the client: head and body. */
  sent: string;
}

const METHODS = ["GET", "GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW", "\u0001"];
const PIECES = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\u001b[31m",
  "\u0007",
  "\u007f",
  "\u0085",
  "\u009b31m",
  "\u2028",
  "\ufeff",
  "\ud83d",
  "👋🏽",
  '"',
  "\\",
  "'",
  "`",
  "<script>",
  "${jndi:ldap://x}",
  "%0d%0aSet-Cookie: a=b",
  "%00",
  "%",
  "%ff",
  "../../etc/passwd",
  "\t",
  " ",
  ";",
  ",",
  "=",
  "{",
  "}",
  "__proto__",
  "constructor",
  "null",
  "-1",
  "1e999",
  "a".repeat(300),
];

/** Writes down what is sent, and has always room for it. */
class StandInSocket extends EventEmitter {
  readonly writable = true;
  readonly remoteAddress: string;
  readonly writableLength = 0;
  readonly writableHighWaterMark = 16_384;
  /** Node reaches for it. */
  readonly _writableState = { corked: 0 };
  sent = "";

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  write(data: string | Uint8Array, encoding?: BufferEncoding | (() => void), done?: () => void): boolean {
    // As bytes: a control byte must be seen whatever the charset.
    this.sent += typeof data === "string" ? data : Buffer.from(data).toString("latin1");
    const callback = typeof encoding === "function" ? encoding : done;
    callback?.();
    return true;
  }

  cork(): void {}
  uncork(): void {}
  destroy(): void {}
}

/** Strangers without end, each with an address, a path and headers that nobody has had before. The same seed brings the same ones. */
export class Strangers {
  #state: number;
  #count = 0;

  constructor(seed = 1) {
    this.#state = seed;
  }

  /** Brings one to the listener, as `node:http` would but without a socket; settles when the answer is complete. */
  async visit(listener: RequestListener): Promise<Visit> {
    this.#count++;
    const address = this.#address();
    const socket = new StandInSocket(address);
    const request = new IncomingMessage(socket as unknown as Socket);
    request.httpVersion = "1.1";
    request.httpVersionMajor = 1;
    request.httpVersionMinor = 1;
    request.method = this.#pick(METHODS);
    const url = this.#url();
    request.url = url;
    const headerName = `x-${this.#number(1e9).toString(36)}-${this.#count}`;
    this.#addHeaders(request, headerName);
    const response = new ServerResponse(request);
    response.assignSocket(socket as unknown as Socket);
    const finished = new Promise((resolve) => response.once("finish", resolve));
    listener.call(undefined as never, request, response as never);
    await finished;
    response.emit("close");
    return { url, address, headerName, sent: socket.sent };
  }

  #addHeaders({ headers, rawHeaders }: IncomingMessage, headerName: string): void {
    const add = (name: string, value: string): void => {
      headers[name] = value;
      rawHeaders.push(name, value);
    };
    add("host", this.#chance(0.9) ? "shop.test" : this.#text());
    add("user-agent", this.#chance(0.5) ? `agent/${this.#count}` : this.#text());
    add(headerName, this.#text());
    if (this.#chance(0.5)) add("x-forwarded-for", this.#chance(0.5) ? this.#address() : this.#text());
    if (this.#chance(0.2)) add("forwarded", `for=${this.#text()}`);
    if (this.#chance(0.3)) add("x-request-id", this.#chance(0.5) ? `id-${this.#count}` : this.#text());
    if (this.#chance(0.3)) add("traceparent", this.#chance(0.5) ? this.#traceparent() : this.#text());
    if (this.#chance(0.3)) add("origin", `https://${this.#text()}`);
    if (this.#chance(0.3)) add("cookie", `session=${this.#text()}`);
    if (this.#chance(0.3)) add("authorization", `Bearer ${this.#text()}`);
    if (this.#chance(0.3)) add("accept-encoding", this.#chance(0.5) ? "gzip" : this.#text());
    if (this.#chance(0.3)) add("content-type", this.#text());
    if (this.#chance(0.2)) add("if-none-match", this.#text());
    if (this.#chance(0.2)) add("x-forwarded-proto", this.#text());
    if (this.#chance(0.2)) add("x-real-ip", this.#text());
  }

  #url(): string {
    const path = `/${this.#number(1e9).toString(36)}/${this.#count}`;
    if (this.#chance(0.5)) return path;
    return this.#chance(0.5) ? `${path}?${this.#text()}=${this.#text()}` : `${path}/${this.#text()}`;
  }

  #traceparent(): string {
    return `00-${this.#hex(32)}-${this.#hex(16)}-0${this.#number(2)}`;
  }

  #address(): string {
    if (this.#chance(0.3)) return `2001:db8:${this.#hex(4)}:${this.#hex(4)}::${this.#hex(4)}`;
    return `${1 + this.#number(222)}.${this.#number(256)}.${this.#number(256)}.${this.#number(256)}`;
  }

  #text(): string {
    let text = "";
    for (let count = 1 + this.#number(4); count > 0; count--) {
      text += this.#chance(0.5) ? this.#pick(PIECES) : this.#number(1e9).toString(36);
    }
    return text;
  }

  #hex(length: number): string {
    let text = "";
    while (text.length < length) text += this.#number(16).toString(16);
    return text;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#number(items.length)]!;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
