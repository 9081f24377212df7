import type { TSchema } from "typebox";
import { API_ERRORS } from "../model/api-error.ts";
import type { ApiRoute } from "./route.ts";
import { ErrorBodySchema } from "./schemas/settings-schemas.ts";

type Node = Record<string, unknown>;
const BINARY = { type: "string", format: "binary" };

/** The route table as an OpenAPI 3.1 document; named schemas stand once under `components`. */
export function makeOpenapi(routes: readonly ApiRoute[], version: string): object {
  const schemas: Node = {};
  const paths: Record<string, Node> = {};
  const errorRef = collect(ErrorBodySchema, schemas);
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = describe(route, schemas, errorRef);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Gatewatch",
      version,
      description:
        "Times are epoch milliseconds, durations milliseconds. With a token everything is about the token's project; with a session `project` chooses one.",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "`gatewatch_rd_…` to read, `gatewatch_ad_…` for all" },
        session: { type: "apiKey", in: "cookie", name: "__Host-gatewatch" },
      },
    },
  };
}

function describe(route: ApiRoute, schemas: Node, errorRef: unknown): Node {
  const isPublic = route.access.scope === "public";
  const parameters = [
    ...describeParameters(route.params, "path", schemas),
    ...describeParameters(route.query, "query", schemas),
  ];
  if (route.access.scope === "project") {
    parameters.push({
      name: "project",
      in: "query",
      required: false,
      description: "Id or slug; the first project when absent, the token's own with a token",
      schema: { type: "string" },
    });
  }
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.path.split("/")[2]],
    security: isPublic ? [] : [{ token: [] }, { session: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.kind === "answer" && route.body
      ? { requestBody: { required: true, content: { "application/json": { schema: collect(route.body, schemas) } } } }
      : {}),
    ...(route.kind === "answer" && route.bytes && route.bytes.maxInput > 0
      ? { requestBody: { required: true, content: { "application/octet-stream": { schema: BINARY } } } }
      : {}),
    responses: {
      ...describeAnswer(route, schemas),
      ...Object.fromEntries(
        errorStatuses(route).map((status) => [
          String(status),
          { description: describeStatus(status), content: { "application/json": { schema: errorRef } } },
        ]),
      ),
    },
  };
}

function describeAnswer(route: ApiRoute, schemas: Node): Node {
  if (route.kind === "stream") {
    return {
      "200": {
        description: "An endless stream; the data of each event is one message",
        content: { "text/event-stream": { schema: collect(route.message, schemas) } },
      },
    };
  }
  if (route.bytes) {
    return { "200": { description: route.summary, content: { "application/octet-stream": { schema: BINARY } } } };
  }
  if (!route.answer) return { [String(route.status ?? 204)]: { description: "Done" } };
  return {
    [String(route.status ?? 200)]: {
      description: route.summary,
      content: { "application/json": { schema: collect(route.answer, schemas) } },
    },
  };
}

function describeParameters(schema: TSchema | undefined, where: "path" | "query", schemas: Node): Node[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schema as { properties?: Record<string, TSchema>; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: collect(property, schemas),
  }));
}

function errorStatuses(route: ApiRoute): number[] {
  const statuses = [422, 429, 500, 503];
  if (route.access.scope !== "public" || route.id === "signIn") statuses.push(401);
  if (route.access.scope !== "public") statuses.push(403, 404);
  if (route.method !== "GET") statuses.push(409, 415);
  return statuses.sort();
}

function describeStatus(status: number): string {
  return Object.values(API_ERRORS).find((error) => error.status === status)?.help ?? "Error";
}

/** Replaces named schemas by references, putting each under `schemas` once. */
function collect(value: unknown, schemas: Node): unknown {
  if (Array.isArray(value)) return value.map((item) => collect(item, schemas));
  if (typeof value !== "object" || value === null) return value;
  const { $id, ...rest } = value as Node;
  const copy = () => Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, collect(item, schemas)]));
  if (typeof $id !== "string") return copy();
  if (!(($id as string) in schemas)) {
    // Reserved before the walk, so that a schema that contains itself ends.
    schemas[$id] = {};
    schemas[$id] = copy();
  }
  return { $ref: `#/components/schemas/${$id}` };
}
