import type { ErrorEvent } from "@gatewatch/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupError } from "./group-error.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom(
    "node_modules/",
    "__proto__",
    "[object Object]",
    "at new <anonymous>",
    "(((((",
    "\\\\.\\\\",
    "a/../../b",
    "{{default}}",
    "%00",
    "0x",
    "::",
  ),
);
const exception = fc.record(
  {
    type: text,
    message: text,
    code: text,
    parent: fc.integer({ min: -2, max: 20 }),
    relation: fc.constantFrom("cause" as const, "member" as const),
    frames: fc.array(
      fc.record(
        {
          file: text,
          function: text,
          line: fc.nat(),
          inApp: fc.boolean(),
          context: fc.record({ pre: fc.array(text), line: text, post: fc.array(text) }),
        },
        { requiredKeys: ["file", "inApp"] },
      ),
      { maxLength: 12 },
    ),
  },
  { requiredKeys: ["type", "message", "frames"] },
);
const event = fc.record(
  { exceptions: fc.array(exception, { maxLength: 8 }), fingerprint: fc.array(text, { maxLength: 12 }) },
  { requiredKeys: ["exceptions"] },
);

describe("groupError()", () => {
  it("groups whatever strangers send, the same way each time, within bounds", () => {
    fc.assert(
      fc.property(event, (made) => {
        const hostile = {
          type: "error",
          time: 0,
          id: "e",
          level: "error",
          handled: true,
          mechanism: "throw",
          ...made,
        } as ErrorEvent;
        const grouping = groupError(hostile);
        expect(groupError(structuredClone(hostile))).toEqual(grouping);
        for (const { hash } of [grouping.primary, ...grouping.secondary]) expect(hash).toMatch(/^[0-9a-f]{32}$/);
        expect(grouping.title.length).toBeLessThanOrEqual(200);
        expect(grouping.culprit.length).toBeLessThanOrEqual(200);
        expect(grouping.title + grouping.culprit).not.toMatch(/\p{Cc}/u);
        expect(JSON.stringify(grouping.explanation).length).toBeLessThan(200_000);
      }),
      { numRuns: 400 },
    );
  });
});
