import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import { can } from "../../auth/can.ts";
import { demandToken } from "../../auth/demand-token.ts";
import { ApiError } from "../../model/api-error.ts";
import type { Principal } from "../../model/principal.ts";
import type { ApiDeps } from "../api-deps.ts";
import { findPrincipal } from "../http/find-principal.ts";
import { requestIdOf } from "../http/request-id.ts";
import { API_HEADERS } from "../http/security-headers.ts";
import { loadHealth } from "../queries/load-health.ts";
import { createProbe } from "./create-probe.ts";
import { makeHealth, makeReadiness, makeVersion } from "./probe-answers.ts";
import { makeDriftlockMetrics } from "./driftlock-metrics.ts";
import { formatMetrics, toMetrics } from "./format-metrics.ts";
import type { HttpCounts } from "./http-counts.ts";

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const LOCAL_HOST = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;

/** Every place at which clients look for it. */
const HEALTH_PATHS = ["/healthz", "/api/healthz", ...behindPrefixes("health"), ...behindPrefixes("healthz")];
const READY_PATHS = ["/readyz", "/api/readyz", ...behindPrefixes("ready"), ...behindPrefixes("readyz")];
const METRICS_PATHS = ["/metrics", "/api/metrics", ...behindPrefixes("metrics")];
const VERSION_PATHS = behindPrefixes("version");

/** Adds health (alive), readiness (can take events), the version, and metrics (Prometheus), in the words of ours and of Driftlock's clients. */
export async function bindProbes(
  app: FastifyInstance,
  deps: ApiDeps,
  binding: { trustedAs?: Principal; http: HttpCounts },
): Promise<void> {
  const probe = createProbe(deps);

  bind(app, HEALTH_PATHS, async (request, reply) =>
    // Alive is whoever answers: a store that is away is no reason to end the process.
    reply.headers(API_HEADERS).send({ ...makeHealth(await probe.isStoreThere(), deps), ...idOf(request) }),
  );

  bind(app, READY_PATHS, async (request, reply) => {
    const reason = await probe.whyNotReady();
    return reply
      .headers(API_HEADERS)
      .code(reason === null ? 200 : 503)
      .send({ ...makeReadiness(reason), ...idOf(request) });
  });

  bind(app, VERSION_PATHS, async (request, reply) =>
    reply.headers(API_HEADERS).send({ ...makeVersion(deps), ...idOf(request) }),
  );

  bind(app, METRICS_PATHS, async (request, reply) => {
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
  const principal = demandToken(await deps.authenticator.authenticateSecret(token));
  if (principal === null) throw new ApiError("unauthorized", "This token is not known or was revoked.");
  return principal;
}

function behindPrefixes(name: string): string[] {
  return [`/v1/${name}`, `/api/v1/${name}`];
}

function bind(app: FastifyInstance, paths: readonly string[], handler: RouteHandlerMethod): void {
  for (const path of paths) app.get(path, handler);
}

function idOf(request: FastifyRequest): { request_id: string } {
  return { request_id: requestIdOf(request) };
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
