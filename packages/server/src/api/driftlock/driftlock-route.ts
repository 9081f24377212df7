import type { Action } from "../../auth/can.ts";
import type { ApiDeps } from "../api-deps.ts";
import type { Caller } from "./find-caller.ts";
import type { Replays } from "./replays.ts";

type Fields = Record<string, unknown>;

/** What handlers work with. */
export interface DriftlockDeps extends ApiDeps {
  replays: Replays;
}

/** A request whose caller is known and whose price is paid. */
export interface DriftlockRequest {
  caller: Caller;
  /** The `:id` of the path. */
  id: string;
  query: URLSearchParams;
  /** Of a JSON object; empty without a body. */
  body: Fields;
  /** Bytes of the body. */
  size: number;
  /** Names the request and all its retries: the client's id, with what it sends. Null when the client gave none. */
  retryKey: string | null;
  at: number;
}

export interface DriftlockAnswer {
  /** @default 200 */
  status?: number;
  /** Gets a `request_id`. */
  body: object;
  headers?: Record<string, string>;
  /** What the audit log keeps of a change. */
  audit?: Record<string, string | number | boolean | null>;
}

export interface DriftlockRoute {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Also answered behind `/api`. */
  path: string;
  /** What the key must allow. */
  action: Action;
  /** Name in the audit log. */
  name: string;
  handler(request: DriftlockRequest, deps: DriftlockDeps): Promise<DriftlockAnswer>;
}
