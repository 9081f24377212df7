import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import type { AddressPolicy } from "./recorder-options.ts";
import { cacheByText } from "../gate/cache-by-text.ts";

/** What a destination sees of a client's address; undefined: nothing. */
export type AddressView = (policy: AddressPolicy, address: string | undefined) => string | undefined;

const MAX_KNOWN_ADDRESSES = 2_000;

/** Without a secret, `hash` means `drop`: a digest without a key can be turned back by trying every address. */
export function createAddressView(secret: string | Uint8Array | undefined): AddressView {
  const hasSecret = secret !== undefined && secret.length > 0;
  const hash = hasSecret
    ? cacheByText((address) => pseudonymiseAddress(address, secret), MAX_KNOWN_ADDRESSES)
    : undefined;
  return (policy, address) => {
    if (address === undefined || policy === "drop") return undefined;
    return policy === "keep" ? address : hash?.(address);
  };
}
