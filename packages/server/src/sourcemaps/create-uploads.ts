import { createHash } from "node:crypto";
import { ApiError } from "../model/api-error.ts";
import type { Clock } from "../model/clock.ts";
import type { Store } from "../model/store.ts";
import {
  type BundleOrder,
  type BundleOutcome,
  UPLOAD_LIMITS,
  type UploadChunk,
  type UploadVerbs,
} from "../model/uploads.ts";
import { BundleError } from "./bundle-error.ts";
import { storeBundle } from "./store-bundle.ts";

/** What may wait for its turn; whoever comes then is told to come again. */
const MAX_WAITING = 16;
const RETRY_MS = 5_000;

export interface UploadParts {
  store: Pick<Store, "clients" | "control">;
  clock: Clock;
  publicUrl: string | null;
}

/**
 * Uploads of builds: parts are kept in the store, one request's after the other's, so that none passes the bound beside another;
 * bundles are put together one after the other too, so that one at most is in memory.
 */
export function createUploads({ store, clock, publicUrl }: UploadParts): UploadVerbs {
  const running = new Map<string, Promise<BundleOutcome>>();
  const putInTurn = createQueue();
  const assembleInTurn = createQueue();

  return {
    publicUrl,

    async findProject(projectId) {
      const project = await store.control.getProject(projectId);
      return project === null ? null : { slug: project.slug, name: project.name };
    },

    putChunks: (projectId, chunks) => putInTurn(() => putChunks(projectId, chunks)),

    assemble(order) {
      const key = JSON.stringify([order.projectId, order.checksum, order.release, order.dist]);
      const known = running.get(key);
      if (known !== undefined) return known;
      if (running.size >= MAX_WAITING)
        throw new ApiError("unavailable", "Other bundles are being put together. Send the same request again later.", {
          retryAfterMs: RETRY_MS,
        });
      const work = assembleInTurn(() => assemble(order)).finally(() => running.delete(key));
      running.set(key, work);
      return work;
    },
  };

  async function putChunks(projectId: number, chunks: readonly UploadChunk[]): Promise<void> {
    const bytes = chunks.reduce((sum, { body }) => sum + body.length, 0);
    if (bytes + (await store.clients.measureUploadChunks(projectId)) > UPLOAD_LIMITS.waitingBytes)
      throw new ApiError(
        "payload_too_large",
        `More than ${UPLOAD_LIMITS.waitingBytes} bytes of this project's uploads wait for their bundle; they are dropped after a day.`,
      );
    for (const { digest, body } of chunks) await store.clients.putUploadChunk(projectId, digest, body, clock());
  }

  async function assemble(order: BundleOrder): Promise<BundleOutcome> {
    const { projectId, chunks } = order;
    const there = new Set(await store.clients.findUploadChunks(projectId, [...new Set(chunks)]));
    const missing = [...new Set(chunks)].filter((digest) => !there.has(digest));
    if (missing.length > 0) return { state: "not_found", missing };
    const outcome = await tryStore(order);
    // What was refused is not kept, and what was kept is not needed twice.
    if (outcome.state !== "not_found") await store.clients.dropUploadChunks(projectId, [...there]);
    return outcome;
  }

  async function tryStore(order: BundleOrder): Promise<BundleOutcome> {
    try {
      const bytes = await joinChunks(order);
      if (!Buffer.isBuffer(bytes)) return { state: "not_found", missing: [bytes.missing] };
      const { projectId, release, dist } = order;
      await storeBundle(bytes, { store: store.clients, projectId, release, dist, now: clock() });
      return { state: "ok" };
    } catch (error) {
      if (error instanceof BundleError) return { state: "error", detail: error.message };
      throw error;
    }
  }

  /** @throws BundleError when the parts do not make what the client says. */
  async function joinChunks({ projectId, chunks, checksum }: BundleOrder): Promise<Buffer | { missing: string }> {
    const parts: Uint8Array[] = [];
    const hash = createHash("sha1");
    let bytes = 0;
    for (const digest of chunks) {
      const part = await store.clients.getUploadChunk(projectId, digest);
      if (part === null) return { missing: digest };
      bytes += part.length;
      if (bytes > UPLOAD_LIMITS.bundleBytes)
        throw new BundleError(`The bundle is more than ${UPLOAD_LIMITS.bundleBytes} bytes.`);
      hash.update(part);
      parts.push(part);
    }
    if (hash.digest("hex") !== checksum)
      throw new BundleError("The bundle's parts do not make what its checksum says.");
    return Buffer.concat(parts, bytes);
  }
}

/** Runs one work after the other, whatever becomes of them. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };
}
