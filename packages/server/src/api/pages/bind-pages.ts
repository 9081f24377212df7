import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { findLink, LINK_PATH, useLink } from "../../auth/one-time-link.ts";
import { createSession } from "../../auth/session.ts";
import { MIN_PASSWORD_LENGTH } from "../../auth/sign-in.ts";
import { limitLogin } from "../../auth/login-limiter.ts";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { acceptsGzip } from "../http/accepts-gzip.ts";
import { sendDriftlockFailure } from "../driftlock/driftlock-error.ts";
import { findDriftlockRefusal } from "../driftlock/find-driftlock-refusal.ts";
import { findPrincipal, refuseOtherOrigin } from "../http/find-principal.ts";
import { makePageHeaders } from "../http/security-headers.ts";
import { setSessionCookie } from "../http/session-header.ts";
import { API_ROUTES } from "../routes.ts";
import { makeBootData } from "./make-boot-data.ts";
import { makeLinkPage, makeNotBuiltPage, makeNotFoundPage, makeUsedLinkPage } from "./plain-page.ts";
import { openDashboard, type Dashboard, type DashboardFile } from "./serve-dashboard.ts";

/** Addresses that the dashboard's own router knows. */
const APP_PATHS = ["/", "/issues", "/issues/:id", "/protection", "/live", "/sign-in"];

/** Adds the dashboard and the page behind a one-time link. */
export async function bindPages(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  let dashboard: Dashboard | null = null;
  const open = async () => (dashboard ??= await openDashboard(deps.dashboardDir));

  for (const path of APP_PATHS) {
    app.get(path, async (request, reply) => {
      const built = await open();
      if (!built) return sendPage(reply, 503, makeNotBuiltPage);
      const { principal, renew } = await findPrincipal(request, deps);
      if (renew !== null) setSessionCookie(request, reply, deps, renew);
      const boot = await makeBootData(deps, principal, request.url);
      return sendPage(reply, 200, () => built.page(boot));
    });
  }

  await app.register(async (pages) => bindLinkPages(pages, deps));

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const refusal = findDriftlockRefusal(request, path);
    if (refusal !== null) {
      reply.headers(refusal.headers);
      return sendDriftlockFailure(refusal.error, request, reply, deps);
    }
    const methods = methodsOf(path);
    if (methods.length > 0) {
      reply.header("allow", methods.join(", "));
      throw new ApiError("method_not_allowed", `This address knows ${methods.join(", ")}, not ${request.method}.`);
    }
    const isRead = request.method === "GET" || request.method === "HEAD";
    const file = isRead ? (await open())?.file(path) : null;
    if (file) return sendFile(request, reply, file);
    if (!isRead || path.startsWith("/api/") || !request.headers.accept?.includes("text/html")) {
      throw new ApiError("not_found", "There is nothing at this address. /api/openapi.json lists what there is.");
    }
    return sendPage(reply, 404, makeNotFoundPage);
  });
}

/** Methods that the API knows at an address. */
function methodsOf(path: string): string[] {
  const parts = path.split("/");
  return API_ROUTES.filter((route) => {
    const pattern = route.path.split("/");
    return pattern.length === parts.length && pattern.every((part, at) => part.startsWith(":") || part === parts[at]);
  }).map((route) => route.method);
}

async function bindLinkPages(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  // A form without script can only send this type; the scope of the parser is these two routes.
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: 4096 },
    async (_request: FastifyRequest, text: string | Buffer) => Object.fromEntries(new URLSearchParams(String(text))),
  );

  app.get<{ Params: { secret: string } }>(`${LINK_PATH}:secret`, async (request, reply) => {
    const link = await findLink(deps.store, request.params.secret, deps.clock());
    return link ? sendLinkPage(reply, 200, link.purpose, null) : sendPage(reply, 404, makeUsedLinkPage);
  });

  app.post<{ Params: { secret: string } }>(`${LINK_PATH}:secret`, async (request, reply) => {
    refuseOtherOrigin(request, deps);
    await limitLogin(deps.shared, { address: request.ip, account: `link ${request.params.secret}` });
    const now = deps.clock();
    const link = await findLink(deps.store, request.params.secret, now);
    const order = { secret: request.params.secret, now, ...readForm(request.body) };
    try {
      const user = await useLink(deps, order);
      const session = await createSession(deps.store, {
        userId: user.id,
        at: now,
        userAgent: request.headers["user-agent"] ?? null,
      });
      await deps.store.control.addAudit({
        at: now,
        actor: user.email,
        action: "useLink",
        projectId: null,
        detail: { purpose: link?.purpose ?? null, address: request.ip },
      });
      setSessionCookie(request, reply, deps, session);
      return await reply
        .headers({ "cache-control": "no-store", "referrer-policy": "strict-origin" })
        .redirect("/", 303);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "invalid_request" && link) return sendLinkPage(reply, 422, link.purpose, error.message);
      if (error.code === "not_found") return sendPage(reply, 404, makeUsedLinkPage);
      throw error;
    }
  });
}

function readForm(body: unknown): { email: string | null; password: string | null } {
  const form = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value : null);
  return { email: text(form.email), password: text(form.password) };
}

function sendLinkPage(
  reply: FastifyReply,
  status: number,
  purpose: "first-admin" | "sign-in",
  fault: string | null,
): FastifyReply {
  // The address holds the secret, so no page that is opened from here may learn its path. Not `no-referrer`: with it
  // browsers send `Origin: null` (Fetch, "append a request Origin header"), and the form could not prove where it is from.
  reply.header("x-robots-tag", "noindex");
  return sendPage(
    reply,
    status,
    (nonce) => makeLinkPage({ purpose, nonce, fault, minPasswordLength: MIN_PASSWORD_LENGTH }),
    { "referrer-policy": "strict-origin" },
  );
}

function sendPage(
  reply: FastifyReply,
  status: number,
  make: (nonce: string) => string,
  headers: Record<string, string> = {},
): FastifyReply {
  const nonce = randomBytes(16).toString("base64");
  return reply
    .code(status)
    .headers({ ...makePageHeaders(nonce), ...headers })
    .type("text/html; charset=utf-8")
    .send(make(nonce));
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: DashboardFile): FastifyReply {
  reply.headers({
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    etag: file.etag,
    vary: "Accept-Encoding",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  reply.type(file.type);
  if (file.gzipped && acceptsGzip(request.headers["accept-encoding"])) {
    return reply.header("content-encoding", "gzip").send(file.gzipped);
  }
  return reply.send(file.bytes);
}
