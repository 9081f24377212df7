import type { FastifyInstance, FastifyRequest } from "fastify";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import { addIntakeRoute, JSON_TYPES } from "../add-intake-route.ts";
import { takeRate, tryParseBearer, type IntakeClient } from "../admit-client.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import type { ClientLanguage } from "../language.ts";
import { admitKey } from "./answer-frame.ts";
import { createCerberusDecoders } from "./create-cerberus-decoders.ts";
import { sendDetails } from "./send-details.ts";

const OTHER_METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** The language of Cerberus clients; its WebSocket stands in `cerberus-stream.ts`. */
export const cerberusLanguage: ClientLanguage = {
  name: "cerberus",
  createDecoders: createCerberusDecoders,
  register(scope, { deps, receiver }) {
    sendDetails(scope, deps);
    addSecretKeyRoute(scope, deps);
    addIntakeRoute(scope, deps, {
      url: "/v1/ingest/batch",
      bodyLimit: WIRE_LIMITS.maxBatchBytes,
      accepts: JSON_TYPES,
      admit: (request) => admitHeader(request, deps),
      async handle(body, _request, client) {
        const secret = await deps.pseudonymSecret(client.projectId);
        const { decoded } = await receiver.receive("cerberusBatch", body, client, new TextEncoder().encode(secret));
        return {
          accepted: decoded.batch.columns?.request?.n ?? 0,
          skipped: decoded.rejected.length + (decoded.leftOut ?? 0),
        };
      },
    });
  },
};

/** Answered with and without a slash, never by a redirect: clients would take their key along, to wherever it leads. */
function addSecretKeyRoute(scope: FastifyInstance, deps: IntakeDeps): void {
  for (const url of ["/api/secret-key", "/api/secret-key/"]) {
    scope.get(url, async (request, reply) => {
      const client = await admitHeader(request, deps);
      await takeRate(client, 0, deps);
      void reply.header("Cache-Control", "no-store");
      return { secret_key: await deps.pseudonymSecret(client.projectId) };
    });
    scope.route({
      method: [...OTHER_METHODS],
      url,
      // A body of the wrong method is not read.
      onRequest: async (_request, reply) => {
        void reply.header("Allow", "GET, HEAD");
        throw new ApiError("method_not_allowed", "Only GET is understood here.");
      },
      handler: async () => undefined,
    });
  }
}

function admitHeader(request: FastifyRequest, deps: IntakeDeps): Promise<IntakeClient> {
  const own = request.headers["x-api-key"];
  const key = typeof own === "string" && own.trim() !== "" ? own.trim() : tryParseBearer(request.headers.authorization);
  return admitKey(key, deps);
}
