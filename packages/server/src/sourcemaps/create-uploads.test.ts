import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BundleOrder, UPLOAD_LIMITS } from "../model/uploads.ts";
import { makeZip } from "./testing/make-zip.ts";
import {
  DEBUG_ID,
  makeBundle,
  openUploadStore,
  sendChunks,
  sha1,
  type UploadStore,
} from "./testing/upload-store-stand-in.ts";

const MAP = JSON.stringify({ version: 3, sources: ["a.ts"], names: [], mappings: "AAAA" });
const SCRIPT = "throw 1;\n//# sourceMappingURL=maps/app.js.map\n";
const FILES = {
  "files/_/_/app.js": {
    content: SCRIPT,
    type: "minified_source",
    url: "~/app.js",
    headers: { "debug-id": DEBUG_ID.replaceAll("-", "").toUpperCase() },
  },
  "files/_/_/app.js.map": { content: MAP, type: "source_map", url: "~/app.js.map", headers: { "Debug-Id": DEBUG_ID } },
  "files/_/_/a.ts": { content: "throw 1", type: "source", url: "~/a.ts" },
};

/** The second file of two is not what its check sum says. */
function damagedBundle(): Buffer {
  const map = { content: MAP, type: "source_map", url: "~/a.map", headers: { "debug-id": DEBUG_ID } };
  const files = Object.fromEntries(["first", "second"].map((name) => [name, { ...map, url: `~/${name}.map` }]));
  return makeZip([
    { name: "first", content: MAP },
    { name: "second", content: MAP, claims: { crc: 1 } },
    { name: "manifest.json", content: JSON.stringify({ release: "shop@1", files }) },
  ]);
}

let upload: UploadStore;
beforeEach(async () => {
  upload = await openUploadStore();
});
afterEach(() => upload.close());

const kept = async () =>
  (await upload.store.clients.listArtifacts(upload.projectId, 100)).map(
    ({ id: _id, projectId: _project, at: _at, ...rest }) => rest,
  );

describe("a bundle", () => {
  it("is put together once all its parts are there, also by the same order at the same time", async () => {
    const bundle = makeBundle(FILES, { release: "shop@1", dist: "web" });
    const order = await sendChunks(upload, bundle, 300);
    const [first, ...rest] = order.chunks;
    await upload.store.clients.dropUploadChunks(upload.projectId, [first!]);
    expect(await upload.uploads.assemble(order)).toEqual({ state: "not_found", missing: [first] });
    expect(rest.length).toBeGreaterThan(0);
    await sendChunks(upload, bundle, 300);
    expect(await Promise.all([upload.uploads.assemble(order), upload.uploads.assemble(order)])).toEqual([
      { state: "ok" },
      { state: "ok" },
    ]);
    const ofBuild = { debugId: DEBUG_ID, release: "shop@1", dist: "web" };
    expect(await kept()).toEqual([
      { ...ofBuild, kind: "map", path: "~/app.js.map", mapPath: null, bytes: MAP.length },
      { ...ofBuild, kind: "script", path: "~/app.js", mapPath: "maps/app.js.map", bytes: SCRIPT.length },
    ]);
    expect(await upload.store.clients.measureUploadChunks(upload.projectId)).toBe(0);
  });

  it("replaces its files when it comes again, under the order's own release", async () => {
    for (const release of ["shop@1", "shop@2"])
      expect(
        await upload.uploads.assemble({ ...(await sendChunks(upload, makeBundle(FILES), 4096)), release }),
      ).toEqual({
        state: "ok",
      });
    expect((await kept()).map(({ release }) => release)).toEqual(["shop@2", "shop@2"]);
  });

  it("of files that are all called sources brings the maps among them", async () => {
    const files = Object.fromEntries(Object.entries(FILES).map(([name, file]) => [name, { ...file, type: "source" }]));
    const order = { ...(await sendChunks(upload, makeBundle(files), 4096)), release: "shop@1" };
    expect(await upload.uploads.assemble(order)).toEqual({ state: "ok" });
    expect((await kept()).map(({ kind, path }) => [kind, path])).toEqual([["map", "~/app.js.map"]]);
  });

  it("of another project is not there", async () => {
    const order = await sendChunks(upload, makeBundle(FILES), 4096);
    expect(await upload.uploads.assemble({ ...order, projectId: upload.otherId })).toEqual({
      state: "not_found",
      missing: order.chunks,
    });
  });

  const bad: [string, Buffer, string, Partial<BundleOrder>?][] = [
    ["is no archive", Buffer.from("hello"), "no ZIP archive"],
    ["has no manifest", makeZip([{ name: "a", content: "b" }]), "no manifest.json"],
    ["has a manifest that is none", makeZip([{ name: "manifest.json", content: "[]" }]), "cannot be read"],
    [
      "names nothing that could be found",
      makeBundle({ a: { ...FILES["files/_/_/app.js"], headers: {} } }),
      "debug id or a release",
    ],
    [
      "names what it does not hold",
      makeZip([
        {
          name: "manifest.json",
          content: JSON.stringify({
            files: { gone: { type: "source_map", url: "~/a.map", headers: { "debug-id": DEBUG_ID } } },
          }),
        },
      ]),
      "does not hold",
    ],
    ["holds a damaged file behind a sound one", damagedBundle(), "not what its directory says"],
    ["is not what its checksum says", makeBundle(FILES), "checksum", { checksum: "0".repeat(40) }],
  ];
  it.each(bad)("that %s is refused in words, and nothing of it stays", async (_what, bytes, detail, more = {}) => {
    const order = { ...(await sendChunks(upload, bytes, 4096)), ...more };
    expect(await upload.uploads.assemble(order)).toEqual({ state: "error", detail: expect.stringContaining(detail) });
    expect(await kept()).toEqual([]);
    expect(await upload.store.clients.measureUploadChunks(upload.projectId)).toBe(0);
  });

  it("is redacted where it names itself", async () => {
    const url = "~/app.js?token=hunter2-in-a-url";
    const bundle = makeBundle({ a: { ...FILES["files/_/_/app.js"], url } }, { release: "\0shop" });
    expect(await upload.uploads.assemble(await sendChunks(upload, bundle, 4096))).toEqual({ state: "ok" });
    expect(JSON.stringify(await kept())).not.toContain("hunter2");
    expect((await kept())[0]!.release).toBe("\uFFFDshop");
  });
});

describe("parts", () => {
  it("are refused when too many of them wait for their bundle", async () => {
    upload.store.clients.measureUploadChunks = async () => UPLOAD_LIMITS.waitingBytes;
    const body = Buffer.from("more");
    await expect(upload.uploads.putChunks(upload.projectId, [{ digest: sha1(body), body }])).rejects.toMatchObject({
      code: "payload_too_large",
    });
    expect(await upload.store.clients.findUploadChunks(upload.projectId, [sha1(body)])).toEqual([]);
  });

  it("are refused beyond the bound also when they come together", async () => {
    const { clients } = upload.store;
    const measure = clients.measureUploadChunks;
    clients.measureUploadChunks = async (projectId) => UPLOAD_LIMITS.waitingBytes - 6 + (await measure(projectId));
    const bodies = ["four", "more"].map((text) => Buffer.from(text));
    const outcomes = await Promise.allSettled(
      bodies.map((body) => upload.uploads.putChunks(upload.projectId, [{ digest: sha1(body), body }])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await measure(upload.projectId)).toBe(4);
  });
});
