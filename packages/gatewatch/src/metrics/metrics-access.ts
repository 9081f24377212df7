import type { TrustList } from "../gate/trust/parse-trust-list.ts";

/** Who asks for the metrics. */
export interface MetricsReader {
  authorization: string | undefined;
  /** The client's address by the trust rules; undefined when unknown. */
  address: string | undefined;
  /** Somebody has asked on behalf of another, and is not trusted to say for whom. */
  isForwarded: boolean;
}

/** Who may read the metrics: whoever has the token, and whoever asks from one of the addresses. */
export class MetricsAccess {
  readonly #token: string | null;
  readonly #allow: TrustList;

  constructor(token: string | null, allow: TrustList) {
    this.#token = token;
    this.#allow = allow;
  }

  /** Whether anybody may. */
  get isConfigured(): boolean {
    return this.#token !== null || !this.#allow.empty;
  }

  get asksForToken(): boolean {
    return this.#token !== null;
  }

  isAllowed({ authorization, address, isForwarded }: MetricsReader): boolean {
    if (this.#token !== null && authorization !== undefined) {
      const match = /^bearer +(\S{1,1024}) *$/i.exec(authorization);
      if (match !== null && isSame(match[1]!, this.#token)) return true;
    }
    // Behind a proxy that nobody trusts every client has the proxy's address.
    return address !== undefined && !isForwarded && this.#allow.isTrusted(address);
  }
}

/** Takes as long whatever is different. */
function isSame(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length;
  for (let index = 0; index < given.length; index++) {
    difference |= given.charCodeAt(index) ^ wanted.charCodeAt(index % wanted.length);
  }
  return difference === 0;
}
