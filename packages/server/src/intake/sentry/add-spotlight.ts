import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import type { IntakeClient } from "../admit-client.ts";
import type { IntakeParts } from "../language.ts";
import { addSentryRoute, MAX_BODY_BYTES } from "./add-sentry-route.ts";
import { toSpotlightEnvelopes } from "./spotlight-envelopes.ts";
import { SpotlightViewers } from "./spotlight-viewers.ts";

/** What comes without a credential belongs to the first project. */
const CLIENT: IntakeClient = { projectId: 1, credentialId: 0 };
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * `/stream`, where apps under development send to without a DSN, and where a viewer listens. Only for a server that listens on
 * loopback; and since any page in a browser reaches that too, only under a local name and for local pages.
 * Source: https://spotlightjs.com/docs/
 */
export function addSpotlight(scope: FastifyInstance, { deps, receiver }: IntakeParts): void {
  const viewers = new SpotlightViewers();
  scope.addHook("preClose", async () => viewers.close());
  addSentryRoute(scope, deps, {
    url: "/stream/",
    maxBytes: MAX_BODY_BYTES,
    admit: async (request) => {
      refuseOthers(request);
      return { ...CLIENT, address: request.ip };
    },
    async handle(body, request, client, reply) {
      const { decoded } = await receiver.receive("sentryEnvelope", body, client!);
      for (const envelope of toSpotlightEnvelopes(decoded)) viewers.publish(envelope);
      return allowOrigin(request, reply).send({});
    },
    async get(request, reply) {
      refuseOthers(request);
      viewers.checkRoom();
      allowOrigin(request, reply);
      const { base64 } = request.query as { base64?: unknown };
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
      );
      reply.hijack();
      viewers.add(reply.raw, headers, base64 !== undefined);
    },
  });
}

/** A proxy in front of the server, another name for it, and pages of other sites: none of them is this machine's developer. */
function refuseOthers({ headers }: FastifyRequest): void {
  const isForwarded =
    headers.forwarded !== undefined || headers["x-forwarded-for"] !== undefined || headers.via !== undefined;
  if (isForwarded || !LOCAL_HOST.test(headers.host ?? "") || !isLocalPage(headers))
    throw new ApiError("forbidden", "This address serves apps and pages of this machine alone.");
}

/** Pages say where they come from, but for what they embed: then the browser tells how far that is. */
function isLocalPage({ origin, "sec-fetch-site": site }: IncomingHttpHeaders): boolean {
  return origin === undefined ? site !== "cross-site" : LOCAL_HOST.test(URL.parse(origin)?.host ?? "");
}

/** In place of the answer for pages of any origin. */
function allowOrigin({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.header("vary", "Origin");
  if (headers.origin === undefined) return reply.removeHeader("access-control-allow-origin");
  return reply.header("access-control-allow-origin", headers.origin);
}
