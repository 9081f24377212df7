import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { locateFrame } from "./locate-frame.ts";

const options = { root: "/srv/shop", ownFolder: "/srv/tools/gatewatch/src" };
const locate = (location: string): { file: string; inApp: boolean } => {
  const { file, inApp } = locateFrame({ location, line: 1, column: 1, isEval: false }, options).frame;
  return { file, inApp };
};

/** Loads a generated file whose map says that its second line is line 3, column 5 of `cart.ts`. */
function loadMapped(folder: string): string {
  const path = join(folder, "cart.js");
  const map = { version: 3, file: "cart.js", sources: ["src/cart.ts"], names: [], mappings: ";AAEI" };
  const inline = Buffer.from(JSON.stringify(map)).toString("base64");
  writeFileSync(
    path,
    `"use strict";\nmodule.exports = 1;\n//# sourceMappingURL=data:application/json;base64,${inline}\n`,
  );
  process.setSourceMapsEnabled(true);
  createRequire(import.meta.url)(path);
  return path;
}

describe("locateFrame()", () => {
  test("finds the original place through a source map, and judges the original's path", () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "gatewatch-map-")));
    try {
      const path = loadMapped(folder);
      const located = locateFrame(
        { location: path, line: 2, column: 1, isEval: false },
        { root: folder, ownFolder: "" },
      );
      expect(located).toEqual({
        frame: { file: "src/cart.ts", line: 3, column: 5, inApp: true },
        sourcePath: join(folder, "src/cart.ts"),
      });
    } finally {
      process.setSourceMapsEnabled(false);
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ["/srv/shop/src/price.js", "src/price.js", true],
    ["file:///srv/shop/src/a%20b.mjs?t=123", "src/a b.mjs", true],
    ["/srv/lib/money.js", "../lib/money.js", true],
    ["/home/someone/else/x.js", "../../home/someone/else/x.js", true],
    [
      "/srv/shop/node_modules/.pnpm/express@5/node_modules/express/lib/router.js",
      "node_modules/express/lib/router.js",
      false,
    ],
    ["C:\\other\\node_modules\\koa\\index.js", "node_modules/koa/index.js", false],
    ["node:internal/process/task_queues", "node:internal/process/task_queues", false],
    ["<anonymous>", "<anonymous>", false],
    ["data:text/javascript,const%20secret=1", "data:", false],
    ["/srv/tools/gatewatch/src/gate/gate.ts", "node_modules/gatewatch/gate/gate.ts", false],
  ])("names %s as %s", (location, file, inApp) => {
    expect(locate(location)).toEqual({ file, inApp });
  });

  test("names Windows files relative to a Windows root", () => {
    const windows = { root: "C:\\shop", ownFolder: "" };
    expect(locateFrame({ location: "C:\\shop\\src\\cart.js", isEval: false }, windows).frame.file).toBe("src/cart.js");
    expect(locateFrame({ location: "file:///C:/shop/src/cart.js", isEval: false }, windows).frame.file).toBe(
      "src/cart.js",
    );
    expect(locateFrame({ location: "D:\\else\\cart.js", isEval: false }, windows).frame.file).toBe("D:/else/cart.js");
  });
});
