import { ApiError } from "../../model/api-error.ts";
import { type BundleOrder, UPLOAD_LIMITS } from "../../model/uploads.ts";
import { isFields } from "../field-source.ts";

const DIGEST = /^[0-9a-f]{40}$/;
const MAX_CHUNKS = Math.ceil(UPLOAD_LIMITS.bundleBytes / UPLOAD_LIMITS.chunkBytes);
const MAX_LABEL = 256;

type Fields = Record<string, unknown>;

/** A JSON body as an object; an empty one is an empty object. @throws ApiError */
export function readJsonBody(body: unknown): Fields {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    if (isFields(value)) return value;
  } catch {
    // Told as any other body that is none.
  }
  throw new ApiError("invalid_request", "The body must be a JSON object.");
}

/** What to put together, of a body whose project is known to be the caller's. @throws ApiError */
export function readOrder(fields: Fields, projectId: number, version?: string): BundleOrder {
  const { checksum, chunks, dist } = fields;
  if (typeof checksum !== "string" || !DIGEST.test(checksum))
    throw new ApiError("invalid_request", "`checksum` must be the SHA-1 of the bundle, in lower-case hex.");
  if (
    !Array.isArray(chunks) ||
    chunks.length === 0 ||
    !chunks.every((chunk) => typeof chunk === "string" && DIGEST.test(chunk))
  )
    throw new ApiError("invalid_request", "`chunks` must be the SHA-1 of each part, in lower-case hex.");
  if (chunks.length > MAX_CHUNKS)
    throw new ApiError(
      "payload_too_large",
      `The bundle is more than ${UPLOAD_LIMITS.bundleBytes} bytes: it has ${chunks.length} parts of ${UPLOAD_LIMITS.chunkBytes}.`,
    );
  return {
    projectId,
    checksum,
    chunks: chunks as string[],
    release: labelOf(version ?? fields["version"], "version"),
    dist: labelOf(dist, "dist"),
  };
}

/** Every project named must be the token's own. @throws ApiError */
export function checkProjects(given: unknown, own: { id: number; slug: string }): void {
  if (given === undefined || given === null) return;
  const named = Array.isArray(given) ? given : [given];
  if (named.every((name) => String(name) === own.slug || String(name) === String(own.id))) return;
  throw new ApiError("invalid_request", `This token belongs to the project ${own.slug} and cannot write to another.`);
}

function labelOf(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string" && value.length <= MAX_LABEL) return value;
  throw new ApiError("invalid_request", `\`${name}\` must be a text of at most ${MAX_LABEL} characters.`);
}
