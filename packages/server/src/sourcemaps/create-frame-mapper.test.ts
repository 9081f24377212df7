import type { ErrorEvent, StackFrame } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { groupError } from "../issues/group-error.ts";
import { createFrameMapper, type FrameMapper, MAPPER_LIMITS } from "./create-frame-mapper.ts";
import { makeMap } from "./testing/make-map.ts";
import { DEBUG_ID, openUploadStore, type UploadStore } from "./testing/upload-store-stand-in.ts";

const SOURCE = [
  "export function totalOfCart(items) {",
  "  const password = 'hunter2-in-source';",
  "  if (items.length === 0) throw new Error('empty');",
  "}",
  "totalOfCart([]);",
].join("\n");
/** Columns 10 to 19 are the throw, from 20 on the call; before there is nothing, and from 40 on it is the bundler's own. */
const MAP = makeMap({
  sources: ["../src/cart.ts", "../node_modules/lib/index.js"],
  names: ["totalOfCart"],
  sourcesContent: [SOURCE, null],
  segments: [[10, 0, 2, 26], [20, 0, 4, 0, 0], [30, 1, 0, 0], [40]],
});
const URL_OF_APP = "https://shop.example/assets/app.js";

let upload: UploadStore;
let mapper: FrameMapper;
beforeEach(async () => {
  upload = await openUploadStore();
  mapper = createFrameMapper();
});
afterEach(() => upload.close());

function errorOf(frames: StackFrame[], attributes?: ErrorEvent["attributes"]): ErrorEvent {
  return {
    type: "error",
    time: 1,
    id: "e",
    level: "error",
    handled: false,
    mechanism: "uncaughtException",
    exceptions: [{ type: "Error", message: "empty", frames }],
    ...(attributes === undefined ? {} : { attributes }),
  };
}

const frameOf = (values: Partial<StackFrame> = {}): StackFrame => ({
  file: URL_OF_APP,
  function: "e",
  line: 1,
  column: 20,
  inApp: true,
  ...values,
});

async function mapFrames(
  frames: StackFrame[],
  { release = null, dist }: { release?: string | null; dist?: string } = {},
): Promise<StackFrame[]> {
  const event = errorOf(frames, dist === undefined ? undefined : { dist });
  const [mapped] = await upload.digest((tx) => mapper(tx, upload.projectId, [{ event, release }]));
  return mapped!.exceptions[0]!.frames;
}

describe("a frame with a debug id", () => {
  it("stands where its source has it, with the source around it, redacted", async () => {
    await upload.put({ kind: "map", path: "~/assets/app.js.map", debugId: DEBUG_ID }, MAP);
    await upload.store.control.updateProject(upload.projectId, { settings: { redactKeys: ["items"] } });
    const frames = await mapFrames([
      frameOf({ debugId: DEBUG_ID }),
      frameOf({ column: 21, debugId: DEBUG_ID.replaceAll("-", ""), function: "t.start" }),
      frameOf({ column: 31, debugId: DEBUG_ID }),
    ]);
    expect(frames).toEqual([
      {
        file: "src/cart.ts",
        function: "totalOfCart",
        line: 3,
        column: 27,
        inApp: true,
        debugId: DEBUG_ID,
        generated: `${URL_OF_APP}:1:20`,
        context: {
          pre: ["export function totalOfCart(items) {", "  const password = '[REDACTED]';"],
          line: "  if (items.length === 0) throw new Error('empty');",
          post: ["}", "totalOfCart([]);"],
        },
      },
      expect.objectContaining({ file: "src/cart.ts", function: "start", line: 5, column: 1 }),
      expect.objectContaining({ file: "node_modules/lib/index.js", inApp: false }),
    ]);
    expect(frames[2]).not.toHaveProperty("function");
  });

  it("of a native client for a server is mapped too, whatever its file is called", async () => {
    await upload.put({ kind: "map", path: "~/server.mjs.map", debugId: DEBUG_ID }, MAP);
    expect(await mapFrames([frameOf({ file: "dist/server.mjs", debugId: DEBUG_ID })])).toMatchObject([
      { file: "src/cart.ts", generated: "dist/server.mjs:1:20" },
    ]);
  });
});

describe("a frame without a debug id", () => {
  it.each([
    ["its path", "~/assets/app.js", "app.js.map", URL_OF_APP, "~/assets/app.js.map"],
    ["its whole address", URL_OF_APP, "app.js.map", `${URL_OF_APP}?v=2`, "https://shop.example/assets/app.js.map"],
    ["a map in another folder", "~/assets/app.js", "/maps/app.map", URL_OF_APP, "~/maps/app.map"],
    ["the map beside it", "~/assets/app.js", null, URL_OF_APP, "~/assets/app.js.map"],
    ["the scheme of apps", "app:///main.js", "main.js.map", "app:///main.js", "app:///main.js.map"],
    ["a server's file", "~/dist/server.js", null, "dist/server.js", "~/dist/server.js.map"],
    ["a server's file by its whole path", "~/srv/server.js", null, "/srv/server.js", "~/srv/server.js.map"],
  ])("is found by its release and %s", async (_what, path, mapPath, file, mapAt) => {
    await upload.put({ kind: "script", path, mapPath, release: "shop@1" }, "");
    await upload.put({ kind: "map", path: mapAt, release: "shop@1" }, MAP);
    expect(await mapFrames([frameOf({ file })], { release: "shop@1" })).toMatchObject([{ line: 3, column: 27 }]);
  });

  it("takes the map of its distribution, or any when it tells none", async () => {
    const other = makeMap({ sources: ["other.ts"], segments: [[0, 0, 0, 0]] });
    for (const [dist, map] of [
      ["ios", other],
      ["web", MAP],
    ] as const)
      await upload.put({ kind: "map", path: "~/assets/app.js.map", release: "shop@1", dist }, map);
    const line = async (dist?: string) =>
      (await mapFrames([frameOf()], { release: "shop@1", ...(dist === undefined ? {} : { dist }) })).map((frame) => [
        frame.line,
        frame.unmapped,
      ]);
    expect([await line("web"), await line("ios"), await line(), await line("android")]).toEqual([
      [[3, undefined]],
      [[1, undefined]],
      [[3, undefined]],
      [[1, "unknown_path"]],
    ]);
  });
});

describe("a frame that stays as it is says why:", () => {
  const why = async (frame: StackFrame, release: string | null = null) =>
    (await mapFrames([frame], { release }))[0]!.unmapped;

  it("there is no debug id and the event has no release", async () => {
    expect(await why(frameOf())).toBe("no_identity");
  });
  it("nothing has its debug id", async () => {
    expect(await why(frameOf({ debugId: DEBUG_ID }))).toBe("unknown_debug_id");
    await upload.put({ kind: "map", path: "~/a.map", release: "shop@1" }, MAP);
    expect(await why(frameOf({ debugId: DEBUG_ID }), "shop@1")).toBe("unknown_debug_id");
  });
  it("nothing of its release has its path", async () => {
    expect(await why(frameOf(), "shop@1")).toBe("unknown_path");
    await upload.put({ kind: "map", path: "~/assets/app.js.map", release: "shop@2" }, MAP);
    expect(await why(frameOf(), "shop@1")).toBe("unknown_path");
  });
  it("its script came without a map", async () => {
    await upload.put({ kind: "script", path: "~/assets/app.js", release: "shop@1", mapPath: "gone.map" }, "");
    await upload.put({ kind: "script", path: "~/b.js", debugId: DEBUG_ID }, "");
    expect([await why(frameOf(), "shop@1"), await why(frameOf({ debugId: DEBUG_ID }))]).toEqual(["no_map", "no_map"]);
  });
  it.each([
    ["{", "JSON"],
    ["[]", "a list"],
    ['{"version":3,"mappings":1,"sources":[]}', "without mappings"],
    ["null", "nothing"],
    [`{"sections":[${'{"map":{"sections":['.repeat(5000)}`, "cut in its depth"],
  ])("its map cannot be read: %#", async (content) => {
    await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, content);
    expect(await why(frameOf({ debugId: DEBUG_ID }))).toBe("unreadable_map");
  });
  it("its map is too large, or one too many for a unit", async () => {
    await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, MAP);
    mapper = createFrameMapper({ ...MAPPER_LIMITS, parsedBytes: 100 });
    expect(await why(frameOf({ debugId: DEBUG_ID }))).toBe("over_limit");
    mapper = createFrameMapper({ ...MAPPER_LIMITS, mapsPerUnit: 0 });
    expect(await why(frameOf({ debugId: DEBUG_ID }))).toBe("over_limit");
  });
  it.each([{ column: 1 }, { column: 45 }, { line: 2 }])("its map knows nothing of %j", async (place) => {
    await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, MAP);
    expect(await why(frameOf({ debugId: DEBUG_ID, ...place }))).toBe("no_position");
  });
  it("there is no line", async () => {
    await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, MAP);
    expect(await why({ file: URL_OF_APP, inApp: true, debugId: DEBUG_ID })).toBe("no_position");
  });
});

describe("what is left alone:", () => {
  it("frames of servers in projects without maps, of dependencies and of other languages", async () => {
    const frames = [
      frameOf({ file: "src/server.js" }),
      frameOf({ file: "node_modules/express/lib/router.js" }),
      frameOf({ file: "node:internal/timers" }),
      frameOf({ file: "shop/views.py" }),
    ];
    expect(await mapFrames(frames, { release: "shop@1" })).toEqual(frames);
    await upload.put({ kind: "map", path: "~/dist/other.js.map", release: "shop@1" }, MAP);
    expect((await mapFrames(frames, { release: "shop@1" })).map(({ unmapped }) => unmapped)).toEqual([
      "unknown_path",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("other projects' maps", async () => {
    await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID, projectId: upload.otherId }, MAP);
    expect(await mapFrames([frameOf({ debugId: DEBUG_ID })])).toMatchObject([{ unmapped: "unknown_debug_id" }]);
  });

  it("the store, when no frame is one of a script", async () => {
    const event = errorOf([frameOf({ file: "shop/views.py" })]);
    const nothing = new Proxy({}, { get: () => expect.fail("the store was asked") });
    expect(await mapper(nothing as never, 1, [{ event, release: "shop@1" }])).toEqual([event]);
  });
});

it("events that come before their map stay as they are, and those after it are mapped", async () => {
  const before = await mapFrames([frameOf({ debugId: DEBUG_ID })]);
  await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, MAP);
  const after = await mapFrames([frameOf({ debugId: DEBUG_ID })]);
  expect([before[0]!.unmapped, after[0]!.line]).toEqual(["unknown_debug_id", 3]);
});

it("errors of two builds are one issue by their sources, and two without", async () => {
  const other = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";
  const moved = MAP.replace(/"mappings":"[^"]*"/, () => {
    const shifted = makeMap({
      sources: [],
      segments: [
        [110, 0, 2, 26],
        [120, 0, 4, 0, 0],
      ],
    });
    return /"mappings":"[^"]*"/.exec(shifted)![0];
  });
  const first = [frameOf({ debugId: DEBUG_ID }), frameOf({ debugId: DEBUG_ID, column: 21, function: "n" })];
  const second = [
    frameOf({ debugId: other, column: 120, function: "xe1", file: "https://shop.example/assets/b.js" }),
    frameOf({ debugId: other, column: 121, function: "r", file: "https://shop.example/assets/b.js" }),
  ];
  const hashes = async (): Promise<Set<string>> => {
    const mapped = [await mapFrames(first), await mapFrames(second)];
    return new Set(mapped.map((frames) => groupError(errorOf(frames)).primary.hash));
  };
  expect((await hashes()).size).toBe(2);
  await upload.put({ kind: "map", path: "~/assets/app.js.map", debugId: DEBUG_ID }, MAP);
  await upload.put({ kind: "map", path: "~/assets/b.js.map", debugId: other }, moved);
  expect((await hashes()).size).toBe(1);
});

it("a map that was replaced is not remembered", async () => {
  await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, MAP);
  const [old] = await mapFrames([frameOf({ debugId: DEBUG_ID })]);
  await upload.put(
    { kind: "map", path: "~/a.map", debugId: DEBUG_ID },
    makeMap({ sources: ["new.ts"], segments: [[0, 0, 8, 0]] }),
  );
  const [renewed] = await mapFrames([frameOf({ debugId: DEBUG_ID })]);
  expect([old!.line, renewed!.line]).toEqual([3, 9]);
});

it("an endless recursion takes a bounded part of its source along", async () => {
  const wide = makeMap({
    sources: ["a.ts"],
    sourcesContent: [`${"x".repeat(5_000)}\n`.repeat(20)],
    segments: [[0, 0, 9, 0]],
  });
  await upload.put({ kind: "map", path: "~/a.map", debugId: DEBUG_ID }, wide);
  const frames = await mapFrames(Array.from({ length: 250 }, () => frameOf({ debugId: DEBUG_ID })));
  expect(JSON.stringify(frames).length).toBeLessThan(400_000);
  expect(frames.every(({ line }) => line === 10)).toBe(true);
});
