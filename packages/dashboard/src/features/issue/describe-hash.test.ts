import type { IssueHashRow } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { addCompanions, describeHash } from "./describe-hash.ts";

function createHash(id: number, events: number, fromIssue?: number): IssueHashRow {
  const move = fromIssue === undefined ? [] : [{ at: 0, by: "ada", action: "merge", fromIssue, toIssue: 1 }];
  return {
    id,
    algorithm: "v1",
    kind: "app",
    hash: `${id}`,
    events,
    firstSeen: 0,
    lastSeen: 0,
    explanation: null,
    history: move,
  };
}

test("a hash without events goes with what it came in with, unless some of that stays", () => {
  const hashes = [createHash(1, 5), createHash(2, 0), createHash(3, 4, 7), createHash(4, 0, 7), createHash(5, 2, 8)];
  expect(addCompanions(hashes, new Set([3]))).toEqual([3, 4]);
  expect(addCompanions(hashes, new Set([1]))).toEqual([1]);
  expect(addCompanions([...hashes, createHash(6, 1, 7)], new Set([3]))).toEqual([3]);
});

test("a rule that the page does not know is named as it is", () => {
  expect(describeHash({ kind: "throw-site" })).toBe("They were thrown at the same place.");
  expect(describeHash({ kind: "constructor" })).toBe("They are alike by the rule “constructor”.");
});
