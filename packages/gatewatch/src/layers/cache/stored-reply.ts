import type { EarlyReply, FixedHeader } from "../../gate/exchange.ts";

/** An answer that many requests get. */
export class StoredReply implements EarlyReply {
  readonly status: number;
  readonly checked: readonly FixedHeader[];
  readonly body: Uint8Array;

  constructor(status: number, checked: readonly FixedHeader[], body: Uint8Array) {
    this.status = status;
    this.checked = checked;
    this.body = body;
  }

  get headers(): Record<string, string> {
    return Object.fromEntries(this.checked.map(({ name, value }) => [name, value]));
  }
}
