import { randomBytes } from "node:crypto";
import type { TokenScope } from "@gatewatch/protocol";
import type { CredentialRecord, Store } from "../model/store.ts";
import { makeStreamUuid } from "../model/stream-uuid.ts";
import { createDriftlockKeyText } from "./driftlock-key.ts";
import { hashSecret } from "./hash-secret.ts";
import type { KeyFile } from "./key-file.ts";
import { createTokenText, hintOf } from "./token-format.ts";

/** A fresh credential with its secret, which only a `dsn` or `clientSecret` can show again. */
export interface CreatedCredential {
  row: CredentialRecord;
  token: string;
}

export interface CredentialOrder {
  projectId: number;
  name: string;
  at: number;
}

/** Makes a scoped token of a project; only its hash is stored. */
export async function createToken(
  store: Pick<Store, "control">,
  order: CredentialOrder & { scope: TokenScope },
): Promise<CreatedCredential> {
  const token = createTokenText(order.scope);
  const row = await store.control.createCredential({
    projectId: order.projectId,
    kind: "token",
    scope: order.scope,
    name: order.name,
    hint: hintOf(token),
    createdAt: order.at,
    lookup: hashSecret(token),
    sealed: null,
  });
  return { row, token };
}

/** Makes a public ingest-only key of 32 hex digits, stored in clear because pages show it to everybody. */
export async function createDsnKey(store: Pick<Store, "control">, order: CredentialOrder): Promise<CreatedCredential> {
  const token = randomBytes(16).toString("hex");
  const row = await store.control.createCredential({
    projectId: order.projectId,
    kind: "dsn",
    scope: "ingest",
    name: order.name,
    hint: hintOf(token),
    createdAt: order.at,
    lookup: token,
    sealed: null,
  });
  return { row, token };
}

/** Makes a key for clients of Driftlock; `stream` is the only one that it may be used for. Only its hash is stored. */
export async function createDriftlockKey(
  store: Pick<Store, "control">,
  { stream, ...order }: CredentialOrder & { scope: TokenScope; stream: string | null },
): Promise<CreatedCredential> {
  const token = createDriftlockKeyText(stream === null ? null : makeStreamUuid(order.projectId, stream));
  const row = await store.control.createCredential({
    projectId: order.projectId,
    kind: "driftlock",
    scope: order.scope,
    name: order.name,
    hint: hintOf(token),
    createdAt: order.at,
    lookup: hashSecret(token),
    sealed: null,
  });
  return { row, token };
}

/** Makes an ingest-only secret that the server can read again, for clients that sign with it. */
export async function createClientSecret(
  store: Pick<Store, "control">,
  keyFile: KeyFile,
  order: CredentialOrder,
): Promise<CreatedCredential> {
  const token = randomBytes(32).toString("base64url");
  const lookup = hashSecret(token);
  const row = await store.control.createCredential({
    projectId: order.projectId,
    kind: "clientSecret",
    scope: "ingest",
    name: order.name,
    hint: hintOf(token),
    createdAt: order.at,
    lookup,
    sealed: keyFile.seal(token, lookup),
  });
  return { row, token };
}

/** The secret of a `dsn` or `clientSecret` in clear; null for a token, which nobody can show again. */
export function revealCredential(row: CredentialRecord, keyFile: KeyFile): string | null {
  if (row.kind === "dsn") return row.lookup;
  if (row.kind === "clientSecret" && row.sealed) return keyFile.open(row.sealed, row.lookup);
  return null;
}
