import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createToken } from "../auth/create-credential.ts";
import type { AnswerRoute } from "./route.ts";
import { API_ROUTES } from "./routes.ts";
import { seedProject, type SeededProject } from "./testing/seed-project.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

interface Seeded {
  api: ServerStandIn;
  own: SeededProject;
  admin: Record<string, string>;
}

async function startSeeded(): Promise<Seeded> {
  const api = await startServerStandIn();
  const own = await seedProject(api.store, 1, api.time.now);
  const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "all", at: api.time.now });
  return { api, own, admin: { authorization: `Bearer ${token}` } };
}

let shared: Seeded;
beforeAll(async () => {
  shared = await startSeeded();
});
afterAll(() => shared.api.close());

const OF_PEOPLE = new Set(["revokeSession", "signIn"]);
const routes = API_ROUTES.filter(
  (route): route is AnswerRoute => route.kind === "answer" && route.bytes === undefined && !OF_PEOPLE.has(route.id),
);

function send({ api, own }: Seeded, route: AnswerRoute, headers: Record<string, string>): Promise<Response> {
  const body = own.bodyFor(route.id);
  return api.fetch(route.path.replaceAll(/:(\w+)/g, () => own.idFor(route.id)) + own.searchFor(route.id), {
    method: route.method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

test.each(routes)("$method $path answers in the shape of its schema", async (route) => {
  // What is removed must not be missing to the others.
  const alone = route.method === "DELETE" ? await startSeeded() : undefined;
  if (alone) onTestFinished(() => alone.api.close());
  const seeded = alone ?? shared;
  const { api, admin } = seeded;
  const self = route.access.scope === "server" && route.access.action === "self";
  const headers = self ? (await api.signIn("admin")).headers : admin;
  const response = await send(seeded, route, headers);
  const text = await response.text();
  expect(`${response.status} ${text.slice(0, 300)}`).toMatch(
    new RegExp(`^${route.status ?? (route.answer ? 200 : 204)} `),
  );
  const value: unknown = text === "" ? undefined : JSON.parse(text);
  const errors = route.answer ? Compile(route.answer).Errors(value) : [];
  expect(errors).toEqual([]);
  expect(api.logged).toEqual([]);
});
