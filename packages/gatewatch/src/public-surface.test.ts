import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VERSION } from "./version.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
  exports: Record<string, unknown>;
  dependencies?: unknown;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

/** Alike in both runtimes: the same line of an app is bundled for either. */
const NEXT_NAMES = [
  "currentHandle",
  "gatewatchProxy",
  "guard",
  "onRequestError",
  "register",
  "withGatewatch",
  "withGatewatchSSR",
];

describe("the package gatewatch", () => {
  it.each([
    [
      "./index.ts",
      [
        "ConfigError",
        "OPTION_TABLE",
        "RequestHandle",
        "createGatewatch",
        "createMiddlewareStack",
        "currentExchange",
        "formatTraceparent",
      ],
    ],
    ["./adapters/express.ts", ["gatewatch", "guard"]],
    ["./adapters/http.ts", ["gatewatch", "guard"]],
    ["./adapters/fastify.ts", ["gatewatch", "guard"]],
    ["./adapters/koa.ts", ["gatewatch", "guard"]],
    ["./adapters/nest.ts", ["GATEWATCH", "GatewatchModule", "guard"]],
    ["./adapters/fetch.ts", ["gatewatch", "guard"]],
    ["./adapters/hono.ts", ["gatewatch", "guard"]],
    ["./adapters/next.ts", NEXT_NAMES],
    ["./adapters/next-edge.ts", NEXT_NAMES],
    [
      "./detect-client/detect.ts",
      [
        "DetectAuthenticationError",
        "DetectError",
        "DetectNetworkError",
        "DetectRateLimitError",
        "DetectValidationError",
        "gatewatchDetect",
      ],
    ],
  ])("exports from %s exactly these names", async (entry, names) => {
    expect(Object.keys((await import(entry)) as object).toSorted()).toEqual(names);
  });

  it("has these entries, each with its conditions in order, and no dependency", () => {
    expect(Object.keys(manifest.exports)).toEqual([
      ".",
      "./express",
      "./http",
      "./fastify",
      "./koa",
      "./nest",
      "./fetch",
      "./hono",
      "./next",
      "./next/edge",
      "./detect",
      "./package.json",
    ]);
    for (const [entry, conditions] of Object.entries(manifest.exports)) {
      if (entry === "./package.json") continue;
      const edge = entry === "./next" ? ["edge-light", "workerd", "browser"] : [];
      expect(Object.keys(conditions as object)).toEqual(["source", "types", ...edge, "import", "require"]);
    }
    expect(manifest.dependencies).toBeUndefined();
  });

  it("asks for no other majors of a framework than the tests run on", () => {
    const majorOf = (range = ""): string => /\^(\d+)\.\d+\.\d+$/.exec(range)?.[1] ?? "none";
    for (const [name, ranges] of Object.entries(manifest.peerDependencies)) {
      for (const range of ranges.split(" || ")) {
        const major = majorOf(range);
        // An older major stands beside the newest under a name of its own.
        const tested = [manifest.devDependencies[name], manifest.devDependencies[`${name}${major}`]].map(majorOf);
        expect([name, tested]).toEqual([name, expect.arrayContaining([major])]);
        expect(major).not.toBe("none");
      }
    }
  });

  it("reports its own version", () => {
    expect(VERSION).toBe(manifest.version);
  });
});
