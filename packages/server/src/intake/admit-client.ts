import type { FastifyRequest } from "fastify";
import { ApiError } from "../model/api-error.ts";
import { demandToken } from "../auth/demand-token.ts";
import type { CredentialPrincipal } from "../model/principal.ts";
import { retryAfterSeconds } from "../model/retry-after-seconds.ts";
import { DEFAULT_TOKEN_RATE, type IntakeDeps } from "./intake-deps.ts";

/** A client that may send events into one project. */
export interface IntakeClient {
  projectId: number;
  credentialId: number;
  /** Where the connection comes from, for clients that leave it to the server to tell. */
  address?: string;
}

/** What each request costs beside its size. */
const BASE_COST_KIB = 32;
const BEARER = /^bearer +([\w.~+/=-]{1,512})$/i;

/** The token of an `Authorization` header; undefined when there is none. */
export function tryParseBearer(header: string | undefined): string | undefined {
  return BEARER.exec(header?.trim() ?? "")?.[1];
}

/** @throws ApiError `unauthorized` or `forbidden`. */
export async function admitClient(
  header: string | undefined,
  deps: Pick<IntakeDeps, "authenticate">,
): Promise<IntakeClient> {
  return admitToken(tryParseBearer(header), deps, "A token is missing. Send it as `Authorization: Bearer <token>`.");
}

/** The same for a token, wherever it stood; `missing` says where it should have. */
export async function admitToken(
  token: string | undefined,
  deps: Pick<IntakeDeps, "authenticate">,
  missing: string,
): Promise<IntakeClient> {
  if (token === undefined) throw new ApiError("unauthorized", missing);
  const principal = await deps.authenticate(token);
  if (principal === null) throw new ApiError("unauthorized", "This token is not known or was revoked.");
  return toIntakeClient(principal);
}

/** The same for a request with a bearer token. */
export function admitBearer(request: FastifyRequest, deps: Pick<IntakeDeps, "authenticate">): Promise<IntakeClient> {
  return admitClient(request.headers.authorization, deps);
}

/** @throws ApiError `forbidden`, also for the key of a DSN. */
export function toIntakeClient(principal: CredentialPrincipal): IntakeClient {
  const { scope, projectId, credentialId } = demandToken(principal);
  if (scope === "read")
    throw new ApiError("forbidden", "This token does not allow sending events; create one with the scope `ingest`.");
  return { projectId, credentialId };
}

/** Takes the price of a request of `bytes` from the token's bucket. @throws ApiError `rate_limited`. */
export async function takeRate(
  client: IntakeClient,
  bytes: number,
  deps: Pick<IntakeDeps, "shared" | "rate">,
): Promise<void> {
  await takeKiB(client, BASE_COST_KIB + Math.ceil(bytes / 1024), deps);
}

/** Takes what a request has turned out to cost beyond what was paid for it. @throws ApiError `rate_limited`. */
export async function takeRest(
  client: IntakeClient,
  bytes: number,
  deps: Pick<IntakeDeps, "shared" | "rate">,
): Promise<void> {
  if (bytes > 0) await takeKiB(client, Math.ceil(bytes / 1024), deps);
}

/** Whoever has shown no good credential yet pays by address for the work of looking for one. @throws ApiError `rate_limited`. */
export async function takeStrangersRate(
  address: string,
  bytes: number,
  deps: Pick<IntakeDeps, "shared">,
): Promise<void> {
  const taken = await deps.shared.takeTokens(`stranger:${address}`, 1 + Math.ceil(bytes / 1024), 65_536, 16_384);
  if (taken.ok) return;
  throw new ApiError("rate_limited", "This address sends too much without a valid key.", {
    retryAfterMs: taken.retryAfterMs,
  });
}

async function takeKiB(client: IntakeClient, cost: number, deps: Pick<IntakeDeps, "shared" | "rate">): Promise<void> {
  const { capacityKiB, kiBPerSecond } = deps.rate ?? DEFAULT_TOKEN_RATE;
  const taken = await deps.shared.takeTokens(`intake:${client.credentialId}`, cost, capacityKiB, kiBPerSecond);
  if (taken.ok) return;
  const seconds = retryAfterSeconds(taken.retryAfterMs);
  throw new ApiError(
    "rate_limited",
    `This token sends more than its rate allows. Send the same batch again after ${seconds} s.`,
    {
      retryAfterMs: taken.retryAfterMs,
    },
  );
}
