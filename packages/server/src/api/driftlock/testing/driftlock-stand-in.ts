import type { TokenScope } from "@gatewatch/protocol";
import { createDriftlockKey } from "../../../auth/create-credential.ts";
import { STAND_IN_NEEDS } from "../../../anomalies/detector-stand-in.ts";
import type { ApiOptions } from "../../api-deps.ts";
import { startServerStandIn, type ServerStandIn } from "../../testing/server-stand-in.ts";

type Fields = Record<string, unknown>;

export interface Answer {
  status: number;
  body: Fields;
  headers: Headers;
}

/** Test support: the API, and clients of it that hold keys of this language. */
export interface DriftlockStandIn extends ServerStandIn {
  makeKey(scope: TokenScope, options?: { projectId?: number; stream?: string }): Promise<string>;
  ask(
    key: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

/** As many as the detector needs before it judges. */
export const NORMAL = Array.from({ length: STAND_IN_NEEDS }, (_, price) => ({
  type: "order",
  body: { item: "book", price },
}));
export const ODD = { type: "order", body: { item: "odd", price: 1 } };

export async function startDriftlockStandIn(changes: Partial<ApiOptions> = {}): Promise<DriftlockStandIn> {
  const api = await startServerStandIn(changes);
  return {
    ...api,
    async makeKey(scope, { projectId = 1, stream } = {}) {
      const order = { projectId, scope, name: "test", at: api.time.now, stream: stream ?? null };
      return (await createDriftlockKey(api.store, order)).token;
    },
    async ask(key, method, path, body, headers = {}) {
      const response = await api.fetch(path, {
        method,
        headers: {
          ...(key === null ? {} : { "x-api-key": key }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Fields, headers: response.headers };
    },
  };
}
