import type { TokenScope } from "@gatewatch/protocol";

export interface TokenPrincipal {
  kind: "token";
  credentialId: number;
  projectId: number;
  scope: TokenScope;
}

/** The key of a DSN, which pages show to everybody: it sends at Sentry's addresses and does nothing else, so that no action knows it. */
export interface DsnPrincipal {
  kind: "dsn";
  credentialId: number;
  projectId: number;
}

/** Whoever the store has a credential of. */
export type CredentialPrincipal = TokenPrincipal | DsnPrincipal;

/** Who asks, as proven by a credential or a session. */
export type Principal =
  | TokenPrincipal
  | { kind: "user"; userId: number; sessionId: string; role: "admin" | "member" }
  /** Whoever can open the 0600 control socket in the data folder: may do everything in every project. */
  | { kind: "operator" };
