import { createHash } from "node:crypto";
import { ApiError } from "../../model/api-error.ts";
import { UPLOAD_LIMITS, type UploadChunk } from "../../model/uploads.ts";
import { decompress } from "../decompress.ts";
import type { FormPart } from "./parse-multipart.ts";

const DIGEST = /^[0-9a-f]{40}$/;

/** The parts of a form as chunks, unpacked and checked against the SHA-1 that each is named by. @throws ApiError */
export async function readChunks(parts: readonly FormPart[]): Promise<UploadChunk[]> {
  const chunks: UploadChunk[] = [];
  for (const part of parts) {
    const digest = part.filename.toLowerCase();
    if (!DIGEST.test(digest))
      throw new ApiError("invalid_request", "Each file of the form must be named by its SHA-1.");
    const body = await unpack(part);
    if (createHash("sha1").update(body).digest("hex") !== digest)
      throw new ApiError("invalid_request", `The file ${digest} of the form is not what its SHA-1 says.`);
    chunks.push({ digest, body });
  }
  return chunks;
}

async function unpack({ name, body }: FormPart): Promise<Buffer> {
  const { chunkBytes } = UPLOAD_LIMITS;
  if (name === "file") {
    if (body.length > chunkBytes)
      throw new ApiError("payload_too_large", `A file of the form is more than ${chunkBytes} bytes.`);
    return body;
  }
  if (name !== "file_gzip")
    throw new ApiError("invalid_request", "The files of the form must be called file or file_gzip.");
  // A part is small, and its sender known: however well a build packs, it is taken.
  return decompress(body, "gzip", { maxBytes: chunkBytes, maxRatio: Number.POSITIVE_INFINITY });
}
