import { Type } from "typebox";
import type { TokenRow, TokenScope } from "@gatewatch/protocol";
import { formatDsn } from "@gatewatch/protocol/format-dsn";
import { revokeCredential } from "../../auth/authenticate.ts";
import {
  createClientSecret,
  createDriftlockKey,
  createDsnKey,
  type CreatedCredential,
  type CredentialOrder,
  createToken as makeToken,
  revealCredential,
} from "../../auth/create-credential.ts";
import { ApiError } from "../../model/api-error.ts";
import type { CredentialRecord } from "../../model/store.ts";
import type { ApiDeps } from "../api-deps.ts";
import { defineRoute } from "../route.ts";
import { Id } from "../schemas/named.ts";
import { TokenCreatedSchema, TokenListSchema, TokenOrderSchema } from "../schemas/settings-schemas.ts";

const manage = { scope: "project", action: "manage" } as const;
const OneToken = Type.Object({ id: Id });

export const listTokens = defineRoute({
  method: "GET",
  path: "/api/tokens",
  id: "listTokens",
  summary: "Credentials of the project, without their secrets",
  access: manage,
  answer: TokenListSchema,
  async handler({ project }, deps) {
    const rows = await deps.store.control.listCredentials(project.id);
    return { body: { tokens: rows.map(toTokenRow) } };
  },
});

export const createToken = defineRoute({
  method: "POST",
  path: "/api/tokens",
  id: "createToken",
  summary: "Make a credential; this answer is the only one that shows a token",
  access: manage,
  body: TokenOrderSchema,
  answer: TokenCreatedSchema,
  status: 201,
  async handler({ body, project, at, origin }, deps) {
    const kind = body.kind ?? "token";
    const scope = body.scope ?? "ingest";
    const { stream } = body;
    if (stream !== undefined && kind !== "driftlock") {
      throw new ApiError("invalid_request", `Only a driftlock key can be bound to a stream, a ${kind} cannot.`, {
        details: { field: "stream" },
      });
    }
    if (kind !== "token" && kind !== "driftlock" && scope !== "ingest") {
      throw new ApiError("invalid_request", `A ${kind} can only have the scope ingest; got ${scope}.`, {
        details: { field: "scope" },
      });
    }
    const order = { projectId: project.id, name: body.name, at };
    // The stream is there from now on: a key of one that nobody has heard of could not be used.
    if (stream !== undefined) await deps.verbs.watch.judgeInDetail({ projectId: project.id, stream, events: [] });
    const { row, token } = await makeCredential(kind, { ...order, scope, stream: stream ?? null }, deps);
    return {
      body: { ...toTokenRow(row), token, ...dsnOf(row, token, deps.publicUrl ?? origin) },
      audit: { id: row.id, kind, scope, name: row.name, ...(stream === undefined ? {} : { stream }) },
    };
  },
});

export const revokeToken = defineRoute({
  method: "DELETE",
  path: "/api/tokens/:id",
  id: "revokeToken",
  summary: "End a credential at once",
  access: manage,
  params: OneToken,
  async handler({ params, project, at }, deps) {
    if (!(await revokeCredential(deps, { id: params.id, projectId: project.id, at }))) throw noToken(params.id);
    return {};
  },
});

export const revealToken = defineRoute({
  method: "GET",
  path: "/api/tokens/:id/secret",
  id: "revealToken",
  summary: "Show a dsn or client secret again; a token cannot be shown",
  access: manage,
  params: OneToken,
  answer: TokenCreatedSchema,
  async handler({ params, project, origin }, deps) {
    const rows = await deps.store.control.listCredentials(project.id);
    const row = rows.find((candidate) => candidate.id === params.id && candidate.revokedAt === null);
    if (!row) throw noToken(params.id);
    const token = revealCredential(row, deps.keyFile);
    if (token === null) {
      throw new ApiError("conflict", "A token is stored as a hash and cannot be shown again; make a new one.");
    }
    return {
      body: { ...toTokenRow(row), token, ...dsnOf(row, token, deps.publicUrl ?? origin) },
      audit: { id: row.id, kind: row.kind },
    };
  },
});

function makeCredential(
  kind: TokenRow["kind"],
  order: CredentialOrder & { scope: TokenScope; stream: string | null },
  { store, keyFile }: ApiDeps,
): Promise<CreatedCredential> {
  switch (kind) {
    case "token":
      return makeToken(store, order);
    case "dsn":
      return createDsnKey(store, order);
    case "clientSecret":
      return createClientSecret(store, keyFile, order);
    case "driftlock":
      return createDriftlockKey(store, order);
  }
}

function toTokenRow(row: CredentialRecord): TokenRow {
  const { id, projectId, kind, scope, name, hint, createdAt, lastUsedAt, revokedAt } = row;
  return { id, projectId, kind, scope, name, hint, createdAt, lastUsedAt, revokedAt };
}

function dsnOf({ kind, projectId }: CredentialRecord, key: string, server: string | null): { dsn?: string } {
  return kind === "dsn" && server !== null ? { dsn: formatDsn(server, key, projectId) } : {};
}

function noToken(id: number): ApiError {
  return new ApiError("not_found", `There is no live credential ${id} in this project.`);
}
