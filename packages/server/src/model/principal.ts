import type { TokenScope } from "@gatewatch/protocol";

/** Who asks, as proven by a credential. */
export type Principal =
  | { kind: "token"; credentialId: number; projectId: number; scope: TokenScope }
  | { kind: "user"; userId: number; sessionId: string; role: "admin" | "member" }
  /** Whoever can open the 0600 control socket in the data folder: may do everything in every project. */
  | { kind: "operator" };
