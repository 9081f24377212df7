import type { ErrorEvent, StackFrame } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { findCulprit } from "./find-culprit.ts";

const frame = (file: string, line: number, changes: Partial<StackFrame> = {}): StackFrame => ({
  file,
  line,
  inApp: true,
  context: { pre: [], line: "x", post: [] },
  ...changes,
});

const event: ErrorEvent = {
  type: "error",
  id: "e",
  time: 0,
  level: "error",
  handled: true,
  mechanism: "throw",
  exceptions: [
    { type: "A", message: "", frames: [frame("node_modules/x.js", 1, { inApp: false }), frame("src/a.ts", 4)] },
    { type: "B", message: "", frames: [frame("src/b.ts", 7)] },
  ],
};

test("the frame that the issue names is the one, in a cause too", () => {
  expect(findCulprit(event, "src/b.ts:7 in total")).toEqual({ exception: 1, frame: 0 });
});

test("a line number is not taken for the beginning of another", () => {
  expect(findCulprit(event, "src/b.ts:71 in total")).toEqual({ exception: 0, frame: 1 });
});

test("without source there is none", () => {
  const bare = { ...event, exceptions: [{ type: "A", message: "", frames: [{ file: "a.ts", inApp: true }] }] };
  expect(findCulprit(bare, "a.ts:1")).toBeNull();
});
