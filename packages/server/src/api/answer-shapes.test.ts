import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createToken } from "../auth/create-credential.ts";
import type { AnswerRoute } from "./route.ts";
import { API_ROUTES } from "./routes.ts";
import { seedProject, type SeededProject } from "./testing/seed-project.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
let own: SeededProject;
let admin: Record<string, string>;

beforeAll(async () => {
  api = await startServerStandIn();
  own = await seedProject(api.store, 1, api.time.now);
  const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "all", at: api.time.now });
  admin = { authorization: `Bearer ${token}` };
});
afterAll(() => api.close());

const OF_PEOPLE = new Set(["revokeSession", "signIn"]);
/** Removals last, so that the others find what they ask for. */
const routes = API_ROUTES.filter(
  (route): route is AnswerRoute => route.kind === "answer" && !OF_PEOPLE.has(route.id),
).sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));

function send(route: AnswerRoute, headers: Record<string, string>): Promise<Response> {
  const body = own.bodyFor(route.id);
  return api.fetch(
    route.path.replaceAll(/:(\w+)/g, () => own.idFor(route.id)),
    {
      method: route.method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
  );
}

test.each(routes)("$method $path answers in the shape of its schema", async (route) => {
  const self = route.access.scope === "server" && route.access.action === "self";
  const headers = self ? (await api.signIn("admin")).headers : admin;
  const response = await send(route, headers);
  const text = await response.text();
  expect(`${response.status} ${text.slice(0, 300)}`).toMatch(
    new RegExp(`^${route.status ?? (route.answer ? 200 : 204)} `),
  );
  const value: unknown = text === "" ? undefined : JSON.parse(text);
  const errors = route.answer ? Compile(route.answer).Errors(value) : [];
  expect(errors).toEqual([]);
  expect(api.logged).toEqual([]);
});
