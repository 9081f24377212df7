import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { createTokenText } from "../../auth/token-format.ts";
import { ApiError } from "../../model/api-error.ts";
import {
  type BundleOrder,
  type BundleOutcome,
  UPLOAD_LIMITS,
  type UploadChunk,
  type UploadVerbs,
} from "../../model/uploads.ts";
import { createFakeIntake, FAKE_NOW, type FakeIntake } from "../fake-intake.ts";
import { registerIntakeRoutes } from "../intake-routes.ts";
import { createBatchReceiver } from "../receive-batch.ts";

const TOKEN = createTokenText("ingest");
const READ_TOKEN = createTokenText("read");
const DSN_KEY = "0123456789abcdef0123456789abcdef";
const AUTH = { authorization: `Bearer ${TOKEN}` };
const CHUNKS = "/api/0/organizations/any/chunk-upload/";
const ASSEMBLE = "/api/0/organizations/any/artifactbundle/assemble/";
const CHECKSUM = "a".repeat(40);

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

interface Started {
  url: string;
  chunks: UploadChunk[];
  orders: BundleOrder[];
  taken: FakeIntake["taken"];
  empty: Set<string>;
}

async function start(uploads: Partial<UploadVerbs> = {}): Promise<Started> {
  const chunks: UploadChunk[] = [];
  const orders: BundleOrder[] = [];
  const fake = createFakeIntake({
    uploads: {
      publicUrl: null,
      findProject: async () => ({ slug: "shop", name: "Shop" }),
      putChunks: async (_projectId, added) => void chunks.push(...added),
      assemble: async (order) => {
        orders.push(order);
        return { state: "ok" };
      },
      ...uploads,
    },
  });
  fake.principals.set(TOKEN, { kind: "token", credentialId: 9, projectId: 1, scope: "ingest" });
  fake.principals.set(READ_TOKEN, { kind: "token", credentialId: 10, projectId: 1, scope: "read" });
  fake.principals.set(DSN_KEY, { kind: "dsn", credentialId: 11, projectId: 1 });
  app = fastify();
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  return {
    url: await app.listen({ host: "127.0.0.1", port: 0 }),
    chunks,
    orders,
    taken: fake.taken,
    empty: fake.empty,
  };
}

function form(parts: readonly (readonly [field: string, name: string, body: Uint8Array])[]): FormData {
  const data = new FormData();
  for (const [field, name, body] of parts) data.append(field, new Blob([body as Uint8Array<ArrayBuffer>]), name);
  return data;
}

const sha1 = (body: Uint8Array | string): string => createHash("sha1").update(body).digest("hex");

async function send(url: string, init: RequestInit = {}): Promise<[number, unknown]> {
  const response = await fetch(url, { method: "POST", ...init, headers: { ...AUTH, ...init.headers } });
  return [response.status, await response.json()];
}

const order = (fields: object = {}): RequestInit => ({
  body: JSON.stringify({ checksum: CHECKSUM, chunks: [CHECKSUM], projects: ["shop"], version: "shop@1", ...fields }),
  headers: { "content-type": "application/json" },
});

describe("who uploads", () => {
  it.each([
    ["nobody", undefined, 401],
    ["a token that was never issued", createTokenText("admin"), 401],
    ["the key of a DSN, which pages show", DSN_KEY, 401],
    ["a token that may only read", READ_TOKEN, 403],
  ])("%s is refused before the body is read", async (_who, token, status) => {
    const { url, chunks, orders } = await start();
    const authorization = token === undefined ? "" : `Bearer ${token}`;
    for (const path of [CHUNKS, ASSEMBLE, "/api/0/organizations/any/releases/"])
      expect(await send(url + path, { ...order(), headers: { authorization } })).toEqual([
        status,
        { detail: expect.any(String) },
      ]);
    expect([chunks, orders]).toEqual([[], []]);
  });

  it("is told what its token may do", async () => {
    const { url } = await start();
    expect(await send(`${url}/api/0/`, { method: "GET" })).toEqual([
      200,
      expect.objectContaining({ auth: { scopes: ["project:releases", "org:read"] } }),
    ]);
  });
});

it("a token beyond its rate is refused, unread", async () => {
  const { url, empty, taken, chunks } = await start();
  const body = form([["file", sha1("x"), Buffer.from("x")]]);
  expect((await send(url + CHUNKS, { body }))[0]).toBe(200);
  expect(taken).toEqual([{ key: "intake:9", cost: 33 }]);
  empty.add("intake:9");
  for (const [path, init] of [
    [CHUNKS, { body }],
    [ASSEMBLE, order()],
  ] as const)
    expect((await send(url + path, init))[0]).toBe(429);
  expect(chunks).toHaveLength(1);
});

describe("parts", () => {
  it("go to the server as the client reaches it", async () => {
    const addressOf = async (publicUrl: string | null, headers: Record<string, string> = {}) => {
      const { url } = await start({ publicUrl });
      const [, options] = await send(url + CHUNKS, { method: "GET", headers });
      await app!.close();
      return (options as { url: string }).url.replace(url, "<own>");
    };
    expect(await addressOf(null)).toBe(`<own>${CHUNKS}`);
    expect(await addressOf("https://elsewhere.example")).toBe(`<own>${CHUNKS}`);
    expect(await addressOf(null, { "x-forwarded-proto": "https" })).toMatch(/^https:\/\/127\.0\.0\.1:/);
  });

  it("are taken plain and packed, as the limits say", async () => {
    const { url, chunks } = await start();
    const [plain, packed] = [Buffer.from("plain\r\n--part"), Buffer.alloc(UPLOAD_LIMITS.chunkBytes, "x")];
    const body = form([
      ["file", sha1(plain), plain],
      ["file_gzip", sha1(packed), gzipSync(packed)],
    ]);
    expect(await send(url + CHUNKS, { body })).toEqual([200, {}]);
    expect(chunks.map(({ digest, body: bytes }) => [digest, Buffer.from(bytes)])).toEqual([
      [sha1(plain), plain],
      [sha1(packed), packed],
    ]);
  });

  const bomb = Buffer.alloc(UPLOAD_LIMITS.chunkBytes + 1);
  const text = Buffer.from("x");
  it.each<[string, RequestInit, number]>([
    ["that are no form", { body: "hello" }, 400],
    [
      "of a form without its boundary",
      { body: "x", headers: { "content-type": "multipart/form-data; boundary=b" } },
      400,
    ],
    [
      "of a form that is cut",
      {
        body: '--b\r\nContent-Disposition: form-data; name="file"',
        headers: { "content-type": "multipart/form-data; boundary=b" },
      },
      400,
    ],
    ["that are not what their SHA-1 says", { body: form([["file", CHECKSUM, text]]) }, 400],
    ["without a SHA-1", { body: form([["file", "a.js", text]]) }, 400],
    ["of another field", { body: form([["upload", sha1(text), text]]) }, 400],
    ["that are no gzip", { body: form([["file_gzip", sha1(text), text]]) }, 400],
    ["that are too large", { body: form([["file", sha1(bomb), bomb]]) }, 413],
    ["that unpack to too much", { body: form([["file_gzip", sha1(bomb), gzipSync(bomb)]]) }, 413],
    ["that are too many", { body: form(Array.from({ length: 5 }, () => ["file", sha1(text), text] as const)) }, 400],
  ])("%s are refused, and none is kept", async (_which, init, status) => {
    const { url, chunks } = await start();
    expect(await send(url + CHUNKS, init)).toEqual([status, { detail: expect.any(String) }]);
    expect(chunks).toEqual([]);
  });
});

describe("the order for a bundle", () => {
  it.each([
    [ASSEMBLE, "shop@1"],
    ["/api/0/organizations/any/releases/shop%2Fweb%401/assemble/", "shop/web@1"],
  ])("at %s is carried out for the token's project", async (path, release) => {
    const { url, orders } = await start();
    expect(await send(url + path, order({ dist: "web" }))).toEqual([
      200,
      { state: "ok", missingChunks: [], detail: null },
    ]);
    expect(orders).toEqual([{ projectId: 1, checksum: CHECKSUM, chunks: [CHECKSUM], release, dist: "web" }]);
  });

  it.each<[BundleOutcome, object]>([
    [
      { state: "not_found", missing: [CHECKSUM] },
      { state: "not_found", missingChunks: [CHECKSUM], detail: null },
    ],
    [
      { state: "error", detail: "why" },
      { state: "error", missingChunks: [], detail: "why" },
    ],
  ])("that ends with %j is answered so", async (outcome, answer) => {
    const { url } = await start({ assemble: async () => outcome });
    expect(await send(url + ASSEMBLE, order())).toEqual([200, answer]);
  });

  it.each<[string, object, number]>([
    ["for another project", { projects: ["shop", "other"] }, 400],
    ["without a checksum", { checksum: "x" }, 400],
    ["without parts", { chunks: [] }, 400],
    ["of parts that are none", { chunks: [1] }, 400],
    ["of too many parts", { chunks: Array.from({ length: 65 }, () => CHECKSUM) }, 413],
    ["of a release that is no text", { version: { a: 1 } }, 400],
    ["of an endless release", { version: "x".repeat(257) }, 400],
  ])("%s is refused", async (_which, fields, status) => {
    const { url, orders } = await start();
    expect(await send(url + ASSEMBLE, order(fields))).toEqual([status, { detail: expect.any(String) }]);
    expect(orders).toEqual([]);
  });

  it.each(["", "[]", "{", "[".repeat(60_000)])("that is no JSON object is refused: %#", async (body) => {
    const { url } = await start();
    expect((await send(url + ASSEMBLE, { body, headers: { "content-type": "application/json" } }))[0]).toBe(400);
  });

  it("is put off with 503, which these clients try again, when too many wait", async () => {
    const { url } = await start({
      assemble: () => Promise.reject(new ApiError("unavailable", "later", { retryAfterMs: 1 })),
    });
    expect((await send(url + ASSEMBLE, order()))[0]).toBe(503);
  });
});

describe("releases", () => {
  it("can be made, finished and deployed, and are known as soon as they are named", async () => {
    const { url } = await start();
    const base = `${url}/api/0/organizations/any/releases/`;
    const release = {
      version: "shop@1",
      projects: [{ id: 1, slug: "shop", name: "Shop" }],
      newGroups: 0,
      dateCreated: new Date(FAKE_NOW).toISOString(),
    };
    expect(await send(base, order())).toEqual([201, expect.objectContaining(release)]);
    const finished = { method: "PUT", body: JSON.stringify({ dateReleased: "2026-05-20T12:00:00Z" }) };
    expect(await send(`${url}/api/0/projects/any/shop/releases/shop%401/`, finished)).toEqual([
      200,
      expect.objectContaining({ ...release, dateReleased: "2026-05-20T12:00:00Z" }),
    ]);
    expect((await send(`${base}shop%401/`, { method: "GET" }))[0]).toBe(200);
    expect((await send(`${base}shop%401/deploys/`, { body: JSON.stringify({ environment: "live" }) }))[0]).toBe(201);
    expect((await send(`${url}/api/0/projects/any/other/releases/`, order()))[0]).toBe(400);
    expect((await send(base, order({ version: undefined })))[0]).toBe(400);
  });

  it("and nothing else is known", async () => {
    const { url } = await start();
    expect(await send(`${url}/api/0/organizations/any/teams/`, { method: "GET" })).toEqual([
      404,
      { detail: expect.stringContaining("GET /api/0/organizations/any/teams/") },
    ]);
  });
});
