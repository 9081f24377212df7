import { Type } from "typebox";
import { createSession, revokeSession as endSession, type UserPrincipal } from "../../auth/session.ts";
import { changePassword as setPassword, signIn } from "../../auth/sign-in.ts";
import { ApiError } from "../../model/api-error.ts";
import { SESSION_ENDED_TOPIC } from "../live/live-topics.ts";
import { loadSession } from "../queries/load-session.ts";
import { defineRoute, type ApiRequest } from "../route.ts";
import {
  PasswordOrderSchema,
  SessionAnswerSchema,
  SessionListSchema,
  SignInSchema,
} from "../schemas/settings-schemas.ts";

const self = { scope: "server", action: "self" } as const;

export const getSession = defineRoute({
  method: "GET",
  path: "/api/session",
  id: "getSession",
  summary: "Who is signed in, and what they may see",
  access: self,
  answer: SessionAnswerSchema,
  async handler(request, deps) {
    return { body: await loadSession(deps, userOf(request), request.at) };
  },
});

export const createSessionRoute = defineRoute({
  method: "POST",
  path: "/api/session",
  id: "signIn",
  summary: "Sign in with e-mail and password; sets the session cookie",
  access: { scope: "public" },
  body: SignInSchema,
  answer: SessionAnswerSchema,
  status: 201,
  async handler({ body, address, userAgent, at }, deps) {
    const user = await signIn(deps, { ...body, address });
    const session = await createSession(deps.store, { userId: user.id, at, userAgent });
    const principal = { kind: "user", userId: user.id, sessionId: "", role: user.role } as const;
    return {
      body: await loadSession(deps, principal, at),
      session,
      audit: { user: user.id, address },
    };
  },
});

export const deleteSession = defineRoute({
  method: "DELETE",
  path: "/api/session",
  id: "signOut",
  summary: "Sign out",
  access: self,
  async handler(request, deps) {
    const { userId, sessionId } = userOf(request);
    await deps.store.control.deleteSession(sessionId);
    deps.shared.publish(SESSION_ENDED_TOPIC, { userId });
    return { session: null };
  },
});

export const listSessions = defineRoute({
  method: "GET",
  path: "/api/sessions",
  id: "listSessions",
  summary: "Where one is signed in",
  access: self,
  answer: SessionListSchema,
  async handler(request, deps) {
    const user = userOf(request);
    const sessions = await deps.store.control.listSessions(user.userId);
    return {
      body: {
        sessions: sessions
          .filter((session) => session.expiresAt > request.at)
          .map(({ id, createdAt, lastSeenAt, expiresAt, userAgent }) => ({
            id,
            current: id === user.sessionId,
            createdAt,
            lastSeenAt,
            expiresAt,
            userAgent,
          })),
      },
    };
  },
});

export const revokeSession = defineRoute({
  method: "DELETE",
  path: "/api/sessions/:id",
  id: "revokeSession",
  summary: "End one of one's sessions",
  access: self,
  params: Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{64}$" }) }),
  async handler(request, deps) {
    if (!(await endSession(deps.store, userOf(request).userId, request.params.id))) {
      throw new ApiError("not_found", "There is no such session of yours.");
    }
    deps.shared.publish(SESSION_ENDED_TOPIC, { userId: userOf(request).userId });
    return {};
  },
});

export const changePassword = defineRoute({
  method: "PUT",
  path: "/api/users/me/password",
  id: "changePassword",
  summary: "Set a new password; ends every other session",
  access: self,
  body: PasswordOrderSchema,
  async handler(request, deps) {
    const { userId } = userOf(request);
    const { current, next } = request.body;
    await setPassword(deps, { userId, current: current ?? null, next, address: request.address });
    deps.shared.publish(SESSION_ENDED_TOPIC, { userId });
    return {
      session: await createSession(deps.store, { userId, at: request.at, userAgent: request.userAgent }),
    };
  },
});

function userOf(request: ApiRequest): UserPrincipal {
  if (request.principal.kind === "user") return request.principal;
  throw new ApiError("forbidden", "Only a person who is signed in has sessions and a password.");
}
