import type { Json } from "@gatewatch/protocol";
import type { Static, TSchema } from "typebox";
import type { Action } from "../auth/can.ts";
import type { Principal } from "../model/principal.ts";
import type { ProjectRecord } from "../model/store.ts";
import type { ApiDeps } from "./api-deps.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a handler may know of the request; it knows no framework. */
export interface ApiRequest<Params = unknown, Query = unknown, Body = unknown> {
  params: Params;
  query: Query;
  body: Body;
  /** Body of a route that takes bytes; null when it is empty. */
  bytes: Uint8Array | null;
  /** The header of that name. */
  ifNoneMatch: string | null;
  /** Throws `unauthorized` on a public route without a credential. */
  principal: Principal;
  /** Throws `not_found` on a route that is not about one project. */
  project: ProjectRecord;
  /** Who asks, in words for activity and audit. */
  actor: string;
  /** Address of the client, for limits. */
  address: string;
  userAgent: string | null;
  /** The server's address as the client has it, for example `http://127.0.0.1:4400`; null where there is none. */
  origin: string | null;
  at: number;
  /** Throws `forbidden` unless the principal may do this too. */
  demand(action: Action): void;
  /** Whether the principal may do this in the request's project. */
  may(action: Action): boolean;
}

/** An answer as data; the binding writes it. */
export interface ApiAnswer<Body = unknown> {
  /** @default 200, or 204 without a body */
  status?: number;
  body?: Body;
  /** In place of `body`, of a route whose answer is bytes. */
  bytes?: Uint8Array;
  headers?: Record<string, string>;
  /** Starts a session (its secret) or ends it (null) in the browser's cookie. */
  session?: string | null;
  /** What the audit log keeps of a write beside its parameters; never a secret. */
  audit?: Json;
}

/** Receives a live stream's messages. */
export interface StreamSink {
  /** The last id that the client saw before it lost the stream. */
  lastEventId: string | null;
  /** Sends text; false when it was dropped because the client is too slow. */
  send(text: string): boolean;
  /** Resolves to whether the credential still holds. */
  isStillAllowed(): Promise<boolean>;
  end(): void;
}

interface RouteBase {
  method: Method;
  /** Fastify's and our notation: `/api/issues/:id`. */
  path: string;
  /** Unique; the name of the operation in OpenAPI and in the audit log. */
  id: string;
  summary: string;
  /** `public`: no credential. `project`: in the project of the token or of `?project=`. `server`: about the whole installation. */
  access: { scope: "public" } | { scope: "project" | "server"; action: Action };
  params?: TSchema;
  query?: TSchema;
}

export interface AnswerRoute extends RouteBase {
  kind: "answer";
  body?: TSchema;
  /** Body, if any, and answer are `application/octet-stream`. */
  bytes?: { maxInput: number };
  /** Absent: 204. */
  answer?: TSchema;
  /** @default 200 (204 without an answer) */
  status?: number;
  handler(request: ApiRequest, deps: ApiDeps): Promise<ApiAnswer> | ApiAnswer;
}

export interface StreamRoute extends RouteBase {
  kind: "stream";
  /** Schema of one message. */
  message: TSchema;
  /** Throws when nobody more can be served; called before the head is sent. */
  checkRoom(deps: ApiDeps): void;
  /** Starts the stream and returns how to stop it. */
  open(request: ApiRequest, deps: ApiDeps, sink: StreamSink): () => void;
}

export type ApiRoute = AnswerRoute | StreamRoute;

type Of<Schema> = Schema extends TSchema ? Static<Schema> : undefined;

/** Types a handler by the schemas of its own route. */
export function defineRoute<
  Params extends TSchema | undefined = undefined,
  Query extends TSchema | undefined = undefined,
  Body extends TSchema | undefined = undefined,
  Answer extends TSchema | undefined = undefined,
>(
  route: Omit<RouteBase, "params" | "query"> & {
    params?: Params;
    query?: Query;
    body?: Body;
    bytes?: { maxInput: number };
    answer?: Answer;
    status?: number;
    handler(
      request: ApiRequest<Of<Params>, Of<Query>, Of<Body>>,
      deps: ApiDeps,
    ): Promise<ApiAnswer<Of<Answer>>> | ApiAnswer<Of<Answer>>;
  },
): AnswerRoute {
  // The binding calls a handler only with values that passed the route's own schemas.
  return { ...route, kind: "answer" } as unknown as AnswerRoute;
}
