import type { ErrorEvent, Evidence } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { findAnchor } from "./anchors.ts";

const event: ErrorEvent = {
  type: "error",
  id: "e",
  time: 0,
  level: "error",
  handled: true,
  mechanism: "throw",
  exceptions: [
    { type: "CheckoutError", message: "", frames: [{ file: "src/a.ts", line: 1, inApp: true }] },
    {
      type: "TypeError",
      message: "",
      parent: 0,
      relation: "cause",
      frames: [
        { file: "node_modules/x/i.js", line: 9, inApp: false },
        { file: "src/b.ts", line: 7, inApp: true },
        { file: "src/a.ts", line: 1, inApp: true },
      ],
    },
  ],
  breadcrumbs: [
    { time: 0, category: "log", message: "one" },
    { time: 1, category: "http", message: "two" },
    { time: -5, category: "log", message: "again" },
    { time: -2, category: "log", message: "again" },
  ],
};

const evidence = (id: string, kind: Evidence["kind"], data: unknown): Evidence => ({ id, kind, label: "", data });

test.each([
  [evidence("F9", "frame", { file: "src/b.ts", line: 7 }), "frame-1-1"],
  [evidence("E2", "exception", { type: "TypeError" }), "exception-1"],
  [evidence("B1", "breadcrumb", { message: "two" }), "crumb-1"],
  [evidence("B7", "breadcrumb", { message: "again", msBefore: 5 }), "crumb-2"],
  [evidence("B1", "breadcrumb", { message: "of another event" }), undefined],
  [evidence("F9", "frame", { file: "src/b.ts", line: 7, exception: "E1" }), "frame-1-1"],
  [evidence("F9", "frame", { file: "src/a.ts", line: 1, exception: "E2" }), "frame-1-2"],
  [evidence("S1", "share", { name: "route" }), "share-route"],
  [evidence("L1", "release", {}), "share-release"],
  [evidence("F1", "frame", { file: "src/gone.ts", line: 1 }), undefined],
  [evidence("R1", "request", {}), undefined],
])("%o is shown at %s", (item, id) => expect(findAnchor(item, event)?.id).toBe(id));
