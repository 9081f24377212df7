import { Type } from "typebox";
import { defineRoute } from "../route.ts";

export const getOpenapi = defineRoute({
  method: "GET",
  path: "/api/openapi.json",
  id: "getOpenapi",
  summary: "This API as OpenAPI 3.1",
  access: { scope: "public" },
  answer: Type.Unsafe<object>({ type: "object" }),
  handler: (_request, deps) => ({ body: deps.openapi }),
});
