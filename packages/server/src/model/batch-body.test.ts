import { describe, expect, it } from "vitest";
import { composeBatchBody, tryFindEventLines } from "./batch-body.ts";

const HEAD = { batch: "0197f000-0000-7000-8000-000000000001", sentAt: 1 };
const EVENTS = ['{"message":"one,\\n","a":"ü\\u2028"}', '{"message":"two]}"}', '{"message":","}'];

function textsOf(lines: Uint8Array[] | undefined): string[] | undefined {
  return lines?.map((line) => Buffer.from(line).toString());
}

describe("composeBatchBody()", () => {
  it("writes JSON that holds the head and the events", () => {
    const body = composeBatchBody(HEAD, EVENTS);
    expect(JSON.parse(body.toString())).toEqual({ ...HEAD, events: EVENTS.map((text): unknown => JSON.parse(text)) });
  });

  it("writes the head alone when there are no events", () => {
    expect(JSON.parse(composeBatchBody(HEAD, []).toString())).toEqual(HEAD);
  });
});

describe("tryFindEventLines()", () => {
  it("finds each event's own JSON again", () => {
    expect(textsOf(tryFindEventLines(composeBatchBody(HEAD, EVENTS), 3))).toEqual(EVENTS);
    expect(textsOf(tryFindEventLines(composeBatchBody(HEAD, EVENTS.slice(0, 1)), 1))).toEqual(EVENTS.slice(0, 1));
  });

  it("finds nothing in a body without lines, or with more or fewer of them than events", () => {
    const compact = Buffer.from(`{"batch":"x","events":[${EVENTS.join(",")}]}`);
    expect(tryFindEventLines(compact, 3)).toBeUndefined();
    expect(tryFindEventLines(composeBatchBody(HEAD, EVENTS), 2)).toBeUndefined();
    expect(tryFindEventLines(composeBatchBody(HEAD, EVENTS), 4)).toBeUndefined();
    expect(tryFindEventLines(Buffer.from(JSON.stringify({ ...HEAD, events: [{}] }, null, 2)), 1)).toBeUndefined();
  });
});
