import type { FastifyInstance, FastifyRequest } from "fastify";
import { can } from "../../auth/can.ts";
import { ApiError } from "../../model/api-error.ts";
import type { Principal } from "../../model/principal.ts";
import type { ApiDeps } from "../api-deps.ts";
import { findPrincipal } from "../http/find-principal.ts";
import { API_HEADERS } from "../http/security-headers.ts";
import { loadHealth } from "../queries/load-health.ts";
import { makeDriftlockMetrics } from "./driftlock-metrics.ts";
import { formatMetrics, toMetrics } from "./format-metrics.ts";
import type { HttpCounts } from "./http-counts.ts";

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const LOCAL_HOST = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;

/** Adds `/healthz` (alive), `/readyz` (can take events) and `/metrics` (Prometheus). */
export async function bindProbes(
  app: FastifyInstance,
  deps: ApiDeps,
  binding: { trustedAs?: Principal; http: HttpCounts },
): Promise<void> {
  app.get("/healthz", async (_request, reply) => reply.headers(API_HEADERS).send({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    const reason = await whyNotReady(deps);
    reply.headers(API_HEADERS);
    return reason === null ? reply.send({ status: "ready" }) : reply.code(503).send({ status: "not ready", reason });
  });

  app.get("/metrics", async (request, reply) => {
    const principal = binding.trustedAs ?? (await findScraper(request, deps));
    if (!principal && !isOwnMachine(request)) {
      throw new ApiError(
        "unauthorized",
        "Beyond this machine /metrics needs a read token as `Authorization: Bearer …` or as `X-Metrics-Token`.",
      );
    }
    if (principal && !can(principal, "read", principal.kind === "token" ? principal.projectId : null)) {
      throw new ApiError("forbidden", "/metrics needs a token with the scope read.");
    }
    const health = await loadHealth(deps);
    const text = formatMetrics([
      ...toMetrics(health, deps.live.clients()),
      ...binding.http.toFamilies("gatewatch_"),
      ...(await makeDriftlockMetrics(deps.store, health, binding.http)),
    ]);
    return reply.headers(API_HEADERS).type("text/plain; version=0.0.4; charset=utf-8").send(text);
  });
}

/** A token may stand in Driftlock's places too; one that is not known is refused wherever the request comes from. */
async function findScraper(request: FastifyRequest, deps: ApiDeps): Promise<Principal | null> {
  const header = request.headers["x-metrics-token"];
  const { token: parameter } = request.query as { token?: unknown };
  const token = typeof header === "string" ? header : parameter;
  if (request.headers.authorization !== undefined || typeof token !== "string")
    return (await findPrincipal(request, deps)).principal;
  const principal = await deps.authenticator.authenticateSecret(token);
  if (principal === null) throw new ApiError("unauthorized", "This token is not known or was revoked.");
  return principal;
}

async function whyNotReady(deps: ApiDeps): Promise<string | null> {
  try {
    // A read through the store proves that it answers; the rest only the server knows.
    await deps.store.control.countUsers();
    return await deps.whyNotReady();
  } catch {
    return "The store does not answer.";
  }
}

/** A proxy on this machine makes strangers look local, and a hostile page can point its own name here: neither counts. */
function isOwnMachine(request: FastifyRequest): boolean {
  const { headers } = request;
  return (
    LOOPBACK.test(request.raw.socket.remoteAddress ?? "") &&
    LOCAL_HOST.test(headers.host ?? "") &&
    headers.forwarded === undefined &&
    headers["x-forwarded-for"] === undefined &&
    headers.via === undefined
  );
}
