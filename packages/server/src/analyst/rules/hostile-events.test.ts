import type { ErrorEvent } from "@gatewatch/protocol";
import { renderSlackMessage } from "@gatewatch/protocol/alert-message/render-slack-message";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IssueFacts } from "../issue-facts.ts";
import { analyseByRules } from "./analyse-by-rules.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.constantFrom(
    "TypeError",
    "KeyError",
    "ECONNREFUSED",
    "Cannot read properties of undefined (reading 'a.*(')",
    "<!channel>",
    "\u202E`x`",
  ),
);
const frame = fc.record(
  {
    file: text,
    function: text,
    line: fc.nat(),
    column: fc.nat(),
    inApp: fc.boolean(),
    context: fc.record({ pre: fc.array(text, { maxLength: 2 }), line: text, post: fc.array(text, { maxLength: 2 }) }),
  },
  { requiredKeys: ["file", "inApp"] },
);
const exception = fc.record(
  { type: text, message: text, code: text, frames: fc.array(frame, { maxLength: 6 }) },
  { requiredKeys: ["type", "message", "frames"] },
);

describe("analyseByRules()", () => {
  it("explains whatever strangers send: bounded, visible text alone, every citation real", () => {
    fc.assert(
      fc.property(fc.array(exception, { maxLength: 4 }), text, (exceptions, word) => {
        const event: ErrorEvent = {
          type: "error",
          time: 9,
          id: "e",
          level: "error",
          handled: true,
          mechanism: "throw",
          exceptions,
        };
        const facts: IssueFacts = {
          issueId: 1,
          title: word,
          events: 1,
          users: 1,
          firstRelease: word,
          release: word,
          releases: [word],
          routes: [word],
          shares: [{ name: "host", values: [{ value: word, count: 9, share: 1, usual: 0.1, special: true }] }],
          spread: {
            events: 9,
            topUser: { count: 9, share: 1, usual: 0, special: true },
            reach: { users: 9, activeUsers: 99 },
          },
          regressed: false,
        };
        const analysis = analyseByRules(event, facts, 0);
        const ids = new Set(analysis.evidence.map(({ id }) => id));
        for (const claim of [analysis.rootCause, analysis.fix, ...analysis.notes]) {
          expect(claim.evidence.every((id) => ids.has(id))).toBe(true);
          expect(claim.text.length).toBeLessThan(1500);
          expect(claim.text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
        }
        const message = renderSlackMessage({
          projectName: word,
          rule: { name: word, kind: "newIssue" },
          at: 0,
          issue: null,
          count: null,
          request: null,
          cause: analysis.rootCause.text,
          link: word,
        });
        expect(JSON.stringify(message.blocks.slice(1))).not.toMatch(/[<>]/);
      }),
      { numRuns: 300 },
    );
  });
});
