import type { ArtifactList } from "@gatewatch/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createToken } from "../auth/create-credential.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
let tokens: Record<"read" | "admin" | "stranger", string>;

beforeEach(async () => {
  api = await startServerStandIn();
  const at = api.time.now;
  const stranger = await api.store.control.createProject({ name: "stranger", slug: "stranger", at });
  const make = async (projectId: number, scope: "read" | "admin") =>
    (await createToken(api.store, { projectId, scope, name: scope, at })).token;
  tokens = { read: await make(1, "read"), admin: await make(1, "admin"), stranger: await make(stranger.id, "admin") };
  for (const [path, release] of [
    ["~/a.js", "shop@1"],
    ["~/b.js", "shop@2"],
    ["~/c.js", null],
  ] as const)
    await api.store.clients.putArtifact({
      projectId: 1,
      kind: "script",
      debugId: release === null ? "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a" : null,
      path,
      mapPath: null,
      release,
      dist: null,
      bytes: 7,
      at,
      body: new Uint8Array(3),
    });
});
afterEach(() => api.close());

async function send<Answer>(who: keyof typeof tokens, search: string, method = "GET"): Promise<[number, Answer]> {
  const headers = { authorization: `Bearer ${tokens[who]}` };
  const response = await api.fetch(`/api/artifacts${search}`, { method, headers });
  return [response.status, (await response.json()) as Answer];
}
const paths = async (search: string, who: keyof typeof tokens = "read"): Promise<string[]> =>
  (await send<ArtifactList>(who, search))[1].artifacts.map(({ path }) => path);

test("uploaded files are listed, the newest first, of all releases, of one and of none", async () => {
  expect([await paths(""), await paths("?limit=1"), await paths("?release=shop@1"), await paths("?release=")]).toEqual([
    ["~/c.js", "~/b.js", "~/a.js"],
    ["~/c.js"],
    ["~/a.js"],
    ["~/c.js"],
  ]);
  expect(await paths("", "stranger")).toEqual([]);
});

test("the files of a release are deleted by whoever may manage the project", async () => {
  expect((await send("read", "?release=shop@1", "DELETE"))[0]).toBe(403);
  expect(await send("stranger", "?release=shop@1", "DELETE")).toEqual([200, { deleted: 0 }]);
  expect((await send("admin", "", "DELETE"))[0]).toBe(422);
  expect(await send("admin", "?release=shop@1", "DELETE")).toEqual([200, { deleted: 1 }]);
  expect(await send("admin", "?release=", "DELETE")).toEqual([200, { deleted: 1 }]);
  expect(await paths("")).toEqual(["~/b.js"]);
});
