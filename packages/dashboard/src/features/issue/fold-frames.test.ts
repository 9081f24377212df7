import { expect, test } from "vitest";
import { foldFrames } from "./fold-frames.ts";

test("frames of libraries are folded together under the names of their packages", () => {
  const runs = foldFrames([
    { file: "src/a.ts", inApp: true },
    { file: "node_modules/express/lib/a.js", inApp: false },
    { file: "node_modules/@scope/pkg/b.js", inApp: false },
    { file: "node:internal/timers", inApp: false },
    { file: "<anonymous>", inApp: false },
    { file: "/opt/tools/run.js", inApp: false },
    { file: "src/b.ts", inApp: true },
  ]);
  expect(runs.map((run) => (run.kind === "app" ? run.index : `${run.frames.length} of ${run.name}`))).toEqual([
    0,
    "5 of express, @scope/pkg, Node, other code",
    6,
  ]);
});
