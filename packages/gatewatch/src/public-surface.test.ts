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

describe("the package gatewatch", () => {
  it.each([
    [
      "./index.ts",
      ["ConfigError", "OPTION_TABLE", "RequestHandle", "createGatewatch", "currentExchange", "formatTraceparent"],
    ],
    ["./adapters/express.ts", ["gatewatch"]],
    ["./adapters/http.ts", ["gatewatch"]],
  ])("exports from %s exactly these names", async (entry, names) => {
    expect(Object.keys((await import(entry)) as object).toSorted()).toEqual(names);
  });

  it("has these entries, each with its conditions in order, and no dependency", () => {
    expect(Object.keys(manifest.exports)).toEqual([".", "./express", "./http", "./package.json"]);
    for (const [entry, conditions] of Object.entries(manifest.exports)) {
      if (entry === "./package.json") continue;
      expect(Object.keys(conditions as object)).toEqual(["source", "types", "import", "require"]);
    }
    expect(manifest.dependencies).toBeUndefined();
  });

  it("asks for no other majors of a framework than the tests run on", () => {
    const majorOf = (range: string | undefined): string => /^\^(\d+)\.\d+\.\d+$/.exec(range ?? "")?.[1] ?? "none";
    for (const [name, range] of Object.entries(manifest.peerDependencies)) {
      expect([name, majorOf(range)]).toEqual([name, majorOf(manifest.devDependencies[name])]);
      expect(majorOf(range)).not.toBe("none");
    }
  });

  it("reports its own version", () => {
    expect(VERSION).toBe(manifest.version);
  });
});
