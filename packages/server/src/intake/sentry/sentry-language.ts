import type { FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import type { DecodedBatch } from "../../model/decoder.ts";
import { takeRate, type IntakeClient } from "../admit-client.ts";
import { formatBatchId } from "../batch-id.ts";
import type { ClientLanguage } from "../language.ts";
import { addSentryRoute, MAX_BODY_BYTES, MAX_STRANGER_BYTES } from "./add-sentry-route.ts";
import { addSpotlight } from "./add-spotlight.ts";
import { admitKey, findKey, tryParseDsn } from "./admit-sentry.ts";
import { createSentryDecoders } from "./create-sentry-decoders.ts";
import { parseEnvelopeHeader } from "./parse-envelope.ts";
import { answerAsSentry } from "./sentry-answers.ts";

const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_REPORT_BYTES = 256 * 1024;

/** The language of Sentry's SDKs: https://develop.sentry.dev/sdk/foundations/transport/ */
export const sentryLanguage: ClientLanguage = {
  name: "sentry",
  createDecoders: createSentryDecoders,
  register(scope, { deps, receiver }) {
    answerAsSentry(scope, deps);
    if (deps.isLocal === true) addSpotlight(scope, { deps, receiver });
    const admit = (request: FastifyRequest): Promise<IntakeClient> =>
      admitKey(findKey(request), projectOf(request), request, deps);

    addSentryRoute(scope, deps, {
      url: "/api/:project/envelope/",
      maxBytes: MAX_BODY_BYTES,
      admit: async (request) => (findKey(request) === undefined && isShort(request) ? undefined : admit(request)),
      async handle(body, request, known, reply) {
        const client = known ?? (await admitByHeader(body, request, projectOf(request)));
        const { decoded } = await receiver.receive("sentryEnvelope", body, client);
        return reply.send(answerOf(decoded));
      },
    });
    addSentryRoute(scope, deps, {
      url: "/tunnel/",
      maxBytes: MAX_STRANGER_BYTES,
      admit: async () => undefined,
      async handle(body, request, _client, reply) {
        const client = await admitByHeader(body, request, undefined);
        const { decoded } = await receiver.receive("sentryEnvelope", body, client);
        return reply.send(answerOf(decoded));
      },
    });
    addSentryRoute(scope, deps, {
      url: "/api/:project/store/",
      maxBytes: MAX_EVENT_BYTES,
      admit,
      async handle(body, _request, client, reply) {
        const { decoded } = await receiver.receive("sentryStore", body, client!);
        return reply.send(answerOf(decoded));
      },
    });
    addSentryRoute(scope, deps, {
      url: "/api/:project/security/",
      maxBytes: MAX_REPORT_BYTES,
      admit,
      async handle(body, request, client, reply) {
        await receiver.receive("sentrySecurity", wrapReport(body, request), client!);
        return reply.code(201).send({});
      },
    });

    async function admitByHeader(
      body: Buffer,
      request: FastifyRequest,
      project: string | undefined,
    ): Promise<IntakeClient> {
      const dsn = tryParseDsn(parseEnvelopeHeader(body)["dsn"]);
      if (dsn === undefined) throw new ApiError("forbidden", "Neither the request nor its envelope has a DSN.");
      if (project !== undefined && project !== String(dsn.projectId))
        throw new ApiError("forbidden", "The envelope's DSN names another project than its address.");
      const client = await admitKey(dsn.key, dsn.projectId, request, deps);
      await takeRate(client, body.length, deps);
      return client;
    }
  },
};

function projectOf(request: FastifyRequest): string {
  return (request.params as { project: string }).project;
}

/** What a stranger may send before it says who it is. */
function isShort(request: FastifyRequest): boolean {
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  return length <= MAX_STRANGER_BYTES;
}

/** The id that the client gave its event, or that it got. */
function answerOf(decoded: DecodedBatch): { id?: string } {
  const own = [decoded, ...(decoded.also ?? [])].find(({ idempotent }) => idempotent);
  if (own !== undefined) return { id: formatBatchId(own.batchId).replaceAll("-", "") };
  const error = decoded.batch.events?.find((event) => event.type === "error");
  return error === undefined ? {} : { id: error.id };
}

/** A report with what its address says of the app. */
function wrapReport(body: Buffer, request: FastifyRequest): Buffer {
  const query = request.query as Record<string, unknown>;
  const about = JSON.stringify({ release: query["sentry_release"], environment: query["sentry_environment"] });
  return Buffer.concat([
    Buffer.from(`${about.slice(0, -1)}${about === "{}" ? "" : ","}"report":`),
    body,
    Buffer.from("}"),
  ]);
}
