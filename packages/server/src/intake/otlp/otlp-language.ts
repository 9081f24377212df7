import type { RejectedEvent } from "@gatewatch/protocol";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { retryAfterSeconds } from "../../model/retry-after-seconds.ts";
import { addIntakeRoute, ANY_TYPE } from "../add-intake-route.ts";
import { admitToken, tryParseBearer, type IntakeClient } from "../admit-client.ts";
import { toApiFailure } from "../error-reply.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import { IntakeError } from "../intake-error.ts";
import type { ClientLanguage } from "../language.ts";
import { createOtlpDecoders, otlpDecoderName, SIGNALS, type Encoding } from "./create-otlp-decoders.ts";
import { CONTENT_TYPES, writeFailure, writeSuccess } from "./otlp-answers.ts";

/** For those who would rather not set `Authorization`. */
const TOKEN_HEADER = "x-gatewatch-token";
const TYPES: readonly [Encoding, RegExp][] = [
  ["protobuf", /^application\/(?:x-)?protobuf *(?:;|$)/i],
  ["json", /^application\/json *(?:;|$)/i],
];
const MAX_REASONS = 3;

/** OTLP over HTTP, in protobuf and in JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export const otlpLanguage: ClientLanguage = {
  name: "otlp",
  createDecoders: createOtlpDecoders,
  register(scope, { deps, receiver }) {
    const encodings = noteEncodings(scope);
    sendFailures(scope, deps, encodings);
    for (const signal of SIGNALS) {
      addIntakeRoute(scope, deps, {
        url: `/v1/${signal}`,
        // Scrapers ask there for the server's own.
        leaves: signal === "metrics" ? ["GET"] : [],
        bodyLimit: WIRE_LIMITS.maxBatchBytes,
        accepts: ANY_TYPE,
        async admit(request) {
          const client = await admitOtlp(request, deps);
          if (encodings.get(request) === undefined)
            throw new IntakeError(
              "unsupported_media_type",
              "Send OTLP as `Content-Type: application/x-protobuf` or `application/json`.",
            );
          return client;
        },
        async handle(body, request, client, reply) {
          const encoding = encodings.get(request)!;
          const { answer } = await receiver.receive(otlpDecoderName(signal, encoding), body, client);
          const text = writeSuccess(signal, encoding, answer.rejected.length, explain(answer.rejected));
          return reply.type(CONTENT_TYPES[encoding]).send(text);
        },
      });
    }
  },
};

async function admitOtlp(request: FastifyRequest, deps: IntakeDeps): Promise<IntakeClient> {
  const own = request.headers[TOKEN_HEADER];
  const token = tryParseBearer(request.headers.authorization) ?? (typeof own === "string" ? own.trim() : undefined);
  return admitToken(
    token,
    deps,
    `A token is missing. Send it as \`Authorization: Bearer <token>\` or as \`${TOKEN_HEADER}\`, for example by OTEL_EXPORTER_OTLP_HEADERS.`,
  );
}

/** The encoding of each request, noted before a route's own hook names its body as bytes. */
function noteEncodings(scope: FastifyInstance): WeakMap<FastifyRequest, Encoding> {
  const encodings = new WeakMap<FastifyRequest, Encoding>();
  scope.addHook("onRequest", async (request) => {
    const type = request.headers["content-type"]?.trim() ?? "";
    const known = TYPES.find(([, pattern]) => pattern.test(type));
    if (known !== undefined) encodings.set(request, known[0]);
  });
  return encodings;
}

/** Failures are told as `google.rpc.Status` in the request's own encoding; in JSON where it has none. */
function sendFailures(scope: FastifyInstance, deps: IntakeDeps, encodings: WeakMap<FastifyRequest, Encoding>): void {
  scope.setErrorHandler((error, request, reply) => {
    const failure = toApiFailure(error, deps);
    const encoding = encodings.get(request) ?? "json";
    const { status, body } = writeFailure(encoding, failure);
    if (failure.retryAfterMs !== undefined)
      void reply.header("Retry-After", String(retryAfterSeconds(failure.retryAfterMs)));
    if (status === 401) void reply.header("WWW-Authenticate", "Bearer");
    return reply.code(status).type(CONTENT_TYPES[encoding]).send(body);
  });
}

/** The reasons of refused items, the first few of them. */
function explain(rejected: readonly RejectedEvent[]): string {
  const reasons = new Map<string, number>();
  for (const { message } of rejected) {
    if (reasons.has(message) || reasons.size < MAX_REASONS) reasons.set(message, (reasons.get(message) ?? 0) + 1);
  }
  return [...reasons].map(([message, count]) => `${count} × ${message}`).join("; ");
}
