import { ApiError } from "../model/api-error.ts";
import type { CredentialPrincipal, TokenPrincipal } from "../model/principal.ts";

/**
 * Whoever proves more than what any visitor of a page can read: asked for everywhere but at Sentry's addresses.
 * @throws ApiError `forbidden` for the key of a DSN.
 */
export function demandToken(principal: CredentialPrincipal): TokenPrincipal;
export function demandToken(principal: CredentialPrincipal | null): TokenPrincipal | null;
export function demandToken(principal: CredentialPrincipal | null): TokenPrincipal | null {
  if (principal?.kind === "dsn")
    throw new ApiError(
      "forbidden",
      "This is the key of a DSN, which pages show to everybody: Sentry's SDKs send with it, and it is good for nothing else. Create a token.",
    );
  return principal;
}
