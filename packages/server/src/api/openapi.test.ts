import { expect, test } from "vitest";
import { makeOpenapi } from "./openapi.ts";
import { API_ROUTES } from "./routes.ts";

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
  security: Record<string, string[]>[];
}

const document = makeOpenapi(API_ROUTES, "1.2.3") as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

test("every route of the table stands in the document, and nothing else", () => {
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  const table = API_ROUTES.map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect(described.sort()).toEqual(table.sort());
});

test("operation ids are unique", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every reference resolves, and every named schema is used and whole", () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  const used = new Set([...references].map(([, target]) => target!));
  for (const target of used) {
    const name = target.replace("#/components/schemas/", "");
    expect(document.components.schemas[name]).toMatchObject({});
    expect(Object.keys(document.components.schemas[name]!)).not.toEqual([]);
  }
  expect([...used].sort()).toEqual(
    Object.keys(document.components.schemas)
      .map((name) => `#/components/schemas/${name}`)
      .sort(),
  );
  expect(JSON.stringify(document)).not.toContain('"$id"');
});

test.each(operations)("$method $path declares its path's parameters and an answer", ({ path, operation }) => {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
  expect(declared.map((parameter) => parameter.name)).toEqual(inPath);
  expect(declared.every((parameter) => parameter.required)).toBe(true);
  const names = (operation.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
  expect(new Set(names).size).toBe(names.length);
  const good = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  expect(good).toHaveLength(1);
  expect(Object.values(operation.responses).every((response) => response.description !== "")).toBe(true);
});

test("security names only schemes that exist", () => {
  const known = Object.keys(document.components.securitySchemes);
  for (const { operation } of operations) {
    for (const name of operation.security.flatMap(Object.keys)) expect(known).toContain(name);
  }
});
