import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ApiError } from "../../model/api-error.ts";
import { UPLOAD_LIMITS, type UploadChunk } from "../../model/uploads.ts";
import type { FormPart } from "./parse-multipart.ts";

const DIGEST = /^[0-9a-f]{40}$/;
const unzip = promisify(gunzip);

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
    if (body.length > chunkBytes) throw tooLarge();
    return body;
  }
  if (name !== "file_gzip")
    throw new ApiError("invalid_request", "The files of the form must be called file or file_gzip.");
  try {
    return await unzip(body, { maxOutputLength: chunkBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new ApiError("invalid_request", "A file of the form is not valid gzip.");
  }
}

function tooLarge(): ApiError {
  return new ApiError("payload_too_large", `A file of the form is more than ${UPLOAD_LIMITS.chunkBytes} bytes.`);
}
