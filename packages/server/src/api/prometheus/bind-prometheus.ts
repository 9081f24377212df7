import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { can } from "../../auth/can.ts";
import { isStoreAway } from "../../model/is-store-away.ts";
import type { ApiDeps } from "../api-deps.ts";
import { acceptsGzip } from "../http/accepts-gzip.ts";
import { requestIdOf } from "../http/request-id.ts";
import { API_HEADERS } from "../http/security-headers.ts";
import { PROMETHEUS_ROUTES } from "./prometheus-routes.ts";
import { badData, QueryError } from "./query-error.ts";

const MAX_FORM_BYTES = 64 * 1024;
const MIN_GZIP_BYTES = 1024;
const MAX_CREDENTIAL_LENGTH = 1024;
const BASIC = /^basic +([a-z\d+/=_-]+)$/i;
const compress = promisify<string, { level: number }, Buffer>(gzip);
/** Whose project a request is about, found out before its body is read. */
const projects = new WeakMap<FastifyRequest, number>();

/** Adds the part of Prometheus' HTTP API that Grafana asks, with its answers and errors in its own shape. */
export async function bindPrometheus(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: MAX_FORM_BYTES },
      async (_request: FastifyRequest, text: string | Buffer) => String(text),
    );
    scope.setErrorHandler((error, request, reply) => sendFailure(error, request, reply, deps));
    for (const { path, methods, answer } of PROMETHEUS_ROUTES) {
      scope.route({
        method: methods,
        url: path,
        // Before the body is read: a stranger costs a look-up, not a buffer.
        onRequest: async (request) => {
          projects.set(request, await findProject(request, deps));
        },
        handler: async (request, reply) => {
          const projectId = projects.get(request)!;
          const project = await deps.store.control.getProject(projectId);
          const { data, warnings } = await answer({
            parameters: readParameters(request),
            projectId,
            job: project?.slug ?? String(projectId),
            now: deps.clock(),
            telemetry: deps.store.telemetry,
            version: deps.version,
            label: (request.params as { label?: string }).label ?? "",
          });
          return send(request, reply, 200, {
            status: "success",
            data,
            ...(warnings === undefined ? {} : { warnings }),
          });
        },
      });
    }
  });
}

/** A read token, as bearer or as the password of basic authentication. @throws QueryError */
async function findProject(request: FastifyRequest, deps: ApiDeps): Promise<number> {
  const { authorization = "" } = request.headers;
  const basic = authorization.length <= MAX_CREDENTIAL_LENGTH ? BASIC.exec(authorization)?.[1] : undefined;
  const principal =
    basic === undefined
      ? await deps.authenticator.authenticate(authorization)
      : await deps.authenticator.authenticateSecret(passwordOf(basic));
  if (principal?.kind !== "token")
    throw new QueryError(
      "unauthorized",
      "send a read token as `Authorization: Bearer …` or as the password of basic authentication",
    );
  if (!can(principal, "read", principal.projectId))
    throw new QueryError("forbidden", `this needs a token with the scope read; this one has ${principal.scope}`);
  return principal.projectId;
}

function passwordOf(basic: string): string {
  const text = Buffer.from(basic, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}

/** Those of a form come before those of the address. */
function readParameters(request: FastifyRequest): URLSearchParams {
  const form = typeof request.body === "string" ? request.body : "";
  const mark = request.url.indexOf("?");
  const query = mark === -1 ? "" : request.url.slice(mark + 1);
  return new URLSearchParams(form === "" ? query : `${form}&${query}`);
}

function sendFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ApiDeps,
): Promise<FastifyReply> {
  const failure = toQueryError(error);
  if (failure.type === "internal")
    deps.logError("A Prometheus query failed.", { requestId: requestIdOf(request), error });
  if (failure.type === "unauthorized") reply.header("www-authenticate", 'Bearer, Basic realm="gatewatch"');
  return send(request, reply, failure.status, { status: "error", errorType: failure.type, error: failure.message });
}

function toQueryError(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  if (isStoreAway(error)) return new QueryError("unavailable", "the store does not answer at the moment");
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (typeof status === "number" && status >= 400 && status < 500)
    return badData("send the parameters in the address, or as application/x-www-form-urlencoded of at most 64 KiB");
  return new QueryError("internal", "the server failed on this query; it is in its log");
}

async function send(request: FastifyRequest, reply: FastifyReply, status: number, body: object): Promise<FastifyReply> {
  const text = JSON.stringify(body);
  reply
    .code(status)
    .headers({ ...API_HEADERS, vary: "Accept-Encoding" })
    .type("application/json; charset=utf-8");
  if (text.length < MIN_GZIP_BYTES || !acceptsGzip(request.headers["accept-encoding"])) return reply.send(text);
  return reply.header("content-encoding", "gzip").send(await compress(text, { level: 4 }));
}
