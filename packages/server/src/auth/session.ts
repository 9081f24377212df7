import { randomBytes } from "node:crypto";
import type { Principal } from "../model/principal.ts";
import type { Store } from "../model/store.ts";
import { hashSecret } from "./hash-secret.ts";

export const SESSION_MAX_AGE_MS = 14 * 86_400_000;
const TOUCH_EVERY_MS = 5 * 60_000;
const MAX_SESSIONS_PER_USER = 50;

type ControlOf = Pick<Store, "control">;
export type UserPrincipal = Extract<Principal, { kind: "user" }>;

/** Starts a session and returns its secret, which goes into the cookie and nowhere else. */
export async function createSession(
  store: ControlOf,
  session: { userId: number; at: number; userAgent: string | null },
): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  await store.control.createSession({
    id: hashSecret(secret),
    userId: session.userId,
    createdAt: session.at,
    lastSeenAt: session.at,
    expiresAt: session.at + SESSION_MAX_AGE_MS,
    userAgent: session.userAgent === null ? null : session.userAgent.slice(0, 200),
  });
  await dropOldSessions(store, session.userId, session.at);
  return secret;
}

/** Who holds the session; null when it is unknown or over. Each use, at most every 5 minutes, moves its end 14 days ahead. */
export async function findSession(
  store: ControlOf,
  secret: string,
  now: number,
): Promise<{ principal: UserPrincipal; renewed: boolean } | null> {
  const id = hashSecret(secret);
  const session = await store.control.findSession(id);
  if (!session) return null;
  if (session.expiresAt <= now) {
    await store.control.deleteSession(id);
    return null;
  }
  const user = await store.control.getUser(session.userId);
  if (!user) return null;
  const renewed = now - session.lastSeenAt >= TOUCH_EVERY_MS;
  if (renewed) await store.control.touchSession(id, now, now + SESSION_MAX_AGE_MS);
  return { principal: { kind: "user", userId: user.id, sessionId: id, role: user.role }, renewed };
}

/** Ends one session of the user; false when it is not theirs. */
export async function revokeSession(store: ControlOf, userId: number, sessionId: string): Promise<boolean> {
  const session = await store.control.findSession(sessionId);
  if (!session || session.userId !== userId) return false;
  await store.control.deleteSession(sessionId);
  return true;
}

async function dropOldSessions(store: ControlOf, userId: number, now: number): Promise<void> {
  const sessions = (await store.control.listSessions(userId)).sort((a, b) => b.lastSeenAt - a.lastSeenAt);
  const over = sessions.filter((session, index) => session.expiresAt <= now || index >= MAX_SESSIONS_PER_USER);
  for (const session of over) await store.control.deleteSession(session.id);
}
