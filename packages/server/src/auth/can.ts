import type { TokenScope } from "@gatewatch/protocol";
import type { Principal } from "../model/principal.ts";

/**
 * What somebody may want to do. `ingest`, `read`, `triage` (issues: states, merges, analyses) and `manage` (tokens, rules,
 * project settings) concern one project; `configure` (projects, channels, retention) the whole server; `self` one's own account.
 */
export const ACTIONS = ["ingest", "read", "triage", "manage", "configure", "self"] as const;
export type Action = (typeof ACTIONS)[number];

/** The first project is the server's own: its admin tokens may configure the server, those of other projects may not. */
const HOME_PROJECT_ID = 1;

const TOKEN_ACTIONS: Readonly<Record<TokenScope, readonly Action[]>> = {
  ingest: ["ingest"],
  read: ["read"],
  admin: ["ingest", "read", "triage", "manage", "configure"],
};

const USER_ACTIONS: Readonly<Record<"admin" | "member", readonly Action[]>> = {
  member: ["read", "triage", "self"],
  admin: ["read", "triage", "manage", "configure", "self"],
};

/** Whether the principal may do `action` in the project; `projectId` is null for `configure` and `self`. */
export function can(principal: Principal, action: Action, projectId: number | null): boolean {
  if (principal.kind === "operator") return action !== "self";
  if (principal.kind === "user") return USER_ACTIONS[principal.role].includes(action);
  if (!TOKEN_ACTIONS[principal.scope].includes(action)) return false;
  if (action === "configure") return principal.projectId === HOME_PROJECT_ID;
  return projectId === principal.projectId;
}

/** The narrowest token scope that allows the action, to name in a refusal; null: only a signed-in person may. */
export function scopeFor(action: Action): TokenScope | null {
  for (const scope of ["ingest", "read", "admin"] as const) if (TOKEN_ACTIONS[scope].includes(action)) return scope;
  return null;
}
