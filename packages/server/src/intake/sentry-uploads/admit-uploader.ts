import type { FastifyRequest } from "fastify";
import { isTokenText } from "../../auth/token-format.ts";
import { ApiError } from "../../model/api-error.ts";
import { toIntakeClient, tryParseBearer } from "../admit-client.ts";
import type { IntakeDeps } from "../intake-deps.ts";

/** The project that an upload goes to. */
export interface Uploader {
  id: number;
  credentialId: number;
  slug: string;
  name: string;
}

/**
 * Who uploads: a bearer token of ours that may send. The key of a DSN is not enough: pages show it to everybody.
 * @throws ApiError `unauthorized` or `forbidden`.
 */
export async function admitUploader(
  request: FastifyRequest,
  deps: Pick<IntakeDeps, "authenticate" | "uploads">,
): Promise<Uploader> {
  const token = tryParseBearer(request.headers.authorization);
  if (token === undefined || !isTokenText(token))
    throw new ApiError("unauthorized", "A token is missing. Send it as `Authorization: Bearer gatewatch_…`.");
  const principal = await deps.authenticate(token);
  if (principal === null) throw new ApiError("unauthorized", "This token is not known or was revoked.");
  const { projectId, credentialId } = toIntakeClient(principal);
  const project = await deps.uploads.findProject(projectId);
  if (project === null) throw new ApiError("forbidden", "The project of this token is gone.");
  return { id: projectId, credentialId, ...project };
}
