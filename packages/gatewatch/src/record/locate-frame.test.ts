import { describe, expect, test } from "vitest";
import { locateFrame } from "./locate-frame.ts";

const options = { root: "/srv/shop", ownFolder: "/srv/tools/gatewatch/src" };
const locate = (location: string): { file: string; inApp: boolean } => {
  const { file, inApp } = locateFrame({ location, line: 1, column: 1, isEval: false }, options).frame;
  return { file, inApp };
};

describe("locateFrame()", () => {
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
