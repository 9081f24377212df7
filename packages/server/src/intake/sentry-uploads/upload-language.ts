import type { FastifyReply, FastifyRequest } from "fastify";
import { API_ERRORS, ApiError } from "../../model/api-error.ts";
import { UPLOAD_LIMITS } from "../../model/uploads.ts";
import { retryAfterSeconds } from "../../model/retry-after-seconds.ts";
import { takeRate, type IntakeClient } from "../admit-client.ts";
import { declaredBytes } from "../declared-bytes.ts";
import { toApiFailure } from "../error-reply.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import type { ClientLanguage } from "../language.ts";
import { admitUploader, type Uploader } from "./admit-uploader.ts";
import { parseMultipart } from "./parse-multipart.ts";
import { readChunks } from "./read-chunks.ts";
import { checkProjects, readJsonBody, readOrder } from "./read-order.ts";

/** Heads of a form's parts, and what gzip adds to what cannot be packed. */
const FORM_OVERHEAD_BYTES = 64 * 1024;
const MAX_REQUEST_BYTES = UPLOAD_LIMITS.chunkBytes * UPLOAD_LIMITS.chunksPerRequest;
const MAX_JSON_BYTES = 64 * 1024;
/** Seconds that a client should wait for a bundle. */
const MAX_WAIT_S = 300;

type Handler = (request: FastifyRequest, uploader: Uploader, reply: FastifyReply) => Promise<unknown>;

/**
 * The language of Sentry's command line and bundler plugins, as far as it brings source maps: parts of a bundle, the order to put them
 * together, and releases, of which nothing is kept: events tell them. Organizations are of any name.
 */
export const uploadLanguage: ClientLanguage = {
  name: "sentry-uploads",
  createDecoders: () => ({}),
  register(scope, { deps }) {
    scope.setErrorHandler((error, _request, reply) => sendFailure(reply, toApiFailure(error, deps)));
    const uploaders = new WeakMap<FastifyRequest, Uploader>();
    const add = (
      method: "GET" | "POST" | "PUT" | "DELETE",
      url: string,
      handle: Handler,
      maxBytes = MAX_JSON_BYTES,
    ): void =>
      void scope.route({
        method,
        url: `/api/0/${url}`,
        bodyLimit: maxBytes,
        // A stranger's body is not read, and none that nobody has paid for.
        onRequest: async (request) => {
          const uploader = await admitUploader(request, deps);
          await takeRate(toClient(uploader), declaredBytes(request, maxBytes, maxBytes), deps);
          uploaders.set(request, uploader);
        },
        handler: (request, reply) => handle(request, uploaders.get(request)!, reply),
      });

    add("GET", "", async (_request, { slug }) => ({
      version: "0",
      auth: { scopes: ["project:releases", "org:read"] },
      user: null,
      project: slug,
    }));
    addChunkUpload(add, deps);
    addAssembly(add, deps);
    addReleases(add, deps);
    for (const method of ["GET", "POST", "PUT", "DELETE"] as const)
      add(method, "*", async (request) => {
        throw new ApiError("not_found", `${request.method} ${request.url.slice(0, 200)} is not understood here.`);
      });
  },
};

function toClient({ id, credentialId }: Uploader): IntakeClient {
  return { projectId: id, credentialId };
}

type Add = (method: "GET" | "POST" | "PUT" | "DELETE", url: string, handle: Handler, maxBytes?: number) => void;

function addChunkUpload(add: Add, { uploads }: Pick<IntakeDeps, "uploads">): void {
  const url = "organizations/:org/chunk-upload/";
  add("GET", url, async (request) => ({
    url: uploadAddress(request, uploads.publicUrl),
    chunkSize: UPLOAD_LIMITS.chunkBytes,
    chunksPerRequest: UPLOAD_LIMITS.chunksPerRequest,
    maxRequestSize: MAX_REQUEST_BYTES,
    maxFileSize: UPLOAD_LIMITS.bundleBytes,
    maxWait: MAX_WAIT_S,
    hashAlgorithm: "sha1",
    concurrency: 1,
    compression: ["gzip"],
    accept: ["sources", "release_files", "artifact_bundles", "artifact_bundles_v2"],
  }));
  add(
    "POST",
    url,
    async (request, { id }) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const parts = parseMultipart(body, request.headers["content-type"], UPLOAD_LIMITS.chunksPerRequest);
      await uploads.putChunks(id, await readChunks(parts));
      return {};
    },
    MAX_REQUEST_BYTES + FORM_OVERHEAD_BYTES,
  );
}

function addAssembly(add: Add, { uploads }: Pick<IntakeDeps, "uploads">): void {
  const assemble = async (request: FastifyRequest, own: Uploader, version?: string): Promise<unknown> => {
    const fields = readJsonBody(request.body);
    checkProjects(fields["projects"], own);
    const outcome = await uploads.assemble(readOrder(fields, own.id, version));
    return {
      state: outcome.state,
      missingChunks: outcome.state === "not_found" ? outcome.missing : [],
      detail: outcome.state === "error" ? outcome.detail : null,
    };
  };
  add("POST", "organizations/:org/artifactbundle/assemble/", (request, own) => assemble(request, own));
  // What older clients ask for; the release stands in the address.
  add("POST", "organizations/:org/releases/:version/assemble/", (request, own) =>
    assemble(request, own, (request.params as { version: string }).version),
  );
}

function addReleases(add: Add, { now }: Pick<IntakeDeps, "now">): void {
  const list = async (_request: FastifyRequest, _own: Uploader): Promise<unknown> => [];
  const create: Handler = async (request, own, reply) => {
    const fields = readJsonBody(request.body);
    checkProjects(fields["projects"], own);
    return reply.code(201).send(describeRelease(fields["version"], fields, own, now()));
  };
  const change: Handler = async (request, own) =>
    describeRelease((request.params as { version: string }).version, readJsonBody(request.body), own, now());
  for (const place of ["organizations/:org", "projects/:org/:project"]) {
    const checked =
      (handle: Handler): Handler =>
      async (request, own, reply) => {
        checkProjects((request.params as { project?: string }).project, own);
        return handle(request, own, reply);
      };
    add("GET", `${place}/releases/`, checked(list));
    add("POST", `${place}/releases/`, checked(create));
    add("GET", `${place}/releases/:version/`, checked(change));
    add("PUT", `${place}/releases/:version/`, checked(change));
  }
  add("POST", "organizations/:org/releases/:version/deploys/", async (request, _own, reply) =>
    reply.code(201).send({ ...readJsonBody(request.body), id: "0" }),
  );
}

/** A release as these clients read it; it exists as soon as somebody names it. */
function describeRelease(
  version: unknown,
  fields: Record<string, unknown>,
  { id, slug, name }: Uploader,
  at: number,
): object {
  if (typeof version !== "string" || version === "" || version.length > 256)
    throw new ApiError("invalid_request", "`version` must be a text of 1 to 256 characters.");
  return {
    version,
    shortVersion: version,
    url: null,
    dateCreated: new Date(at).toISOString(),
    dateReleased: fields["dateReleased"] ?? null,
    lastEvent: null,
    newGroups: 0,
    projects: [{ id, slug, name }],
  };
}

/** Where parts go: the server as this client reaches it, since some send their token to no other host. */
function uploadAddress(request: FastifyRequest, publicUrl: string | null): string {
  const path = `api/0/organizations/${encodeURIComponent((request.params as { org: string }).org)}/chunk-upload/`;
  const known = publicUrl === null ? null : URL.parse(publicUrl);
  if (known?.host === request.host) return `${publicUrl!.replace(/\/+$/, "")}/${path}`;
  const forwarded = request.headers["x-forwarded-proto"];
  return `${forwarded === "https" ? "https" : request.protocol}://${request.host}/${path}`;
}

/** What these clients know: a text in `detail`, and 400 where something in the body is wrong. */
function sendFailure(reply: FastifyReply, failure: ApiError): FastifyReply {
  const { status } = API_ERRORS[failure.code];
  if (failure.retryAfterMs !== undefined)
    void reply.header("retry-after", String(retryAfterSeconds(failure.retryAfterMs)));
  return reply.code(status === 422 ? 400 : status).send({ detail: failure.message });
}
