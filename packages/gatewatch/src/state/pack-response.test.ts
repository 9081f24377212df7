import { describe, expect, it } from "vitest";
import { packResponse, tryUnpackResponse } from "./pack-response.ts";
import type { StoredResponse } from "./response-store.ts";

const RESPONSE: StoredResponse = {
  status: 200,
  lines: [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Link", ["</a>", "</b>"]],
    ["X-Name", "Grüße"],
  ],
  body: Uint8Array.from({ length: 512 }, (_, index) => index % 256),
  receivedMs: 1_800_000_000_000,
  initialAgeMs: 5,
  freshMs: 60_000.5,
  staleWhileRevalidateMs: 1,
  staleIfErrorMs: 2,
  traits: 3,
  tags: ["shoes", "schöne Schuhe"],
};

/** As a store might give it back: a head of somebody else's making. */
function packHead(head: unknown): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.byteLength, 0);
  return Buffer.concat([length, json]);
}

const head = (changes: Record<number, unknown>): unknown[] =>
  Object.assign([1, 200, [], 1, 0, 1, 0, 0, 0, [], 1, "s"], changes) as unknown[];

describe("packResponse() and tryUnpackResponse()", () => {
  it("give back every byte", () => {
    const unpacked = tryUnpackResponse(packResponse({ response: RESPONSE, count: 7, stamp: "s" }));
    expect(unpacked).toMatchObject({ count: 7, stamp: "s" });
    expect({ ...unpacked!.response, body: [...unpacked!.response.body] }).toEqual({
      ...RESPONSE,
      body: [...RESPONSE.body],
    });
  });

  it("take a head that is right", () => {
    expect(tryUnpackResponse(packHead(head({})))).toBeDefined();
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["three bytes", Uint8Array.of(0, 0, 0)],
    ["a length beyond the end", Uint8Array.of(255, 255, 255, 255, 1)],
    ["no JSON", Buffer.from("\0\0\0\u0003abc")],
    ["an object", packHead({})],
    ["null", packHead(null)],
    ["another version", packHead(head({ 0: 2 }))],
    ["too short a head", packHead(head({}).slice(0, 11))],
    ["a status that is none", packHead(head({ 1: 99 }))],
    ["a status as text", packHead(head({ 1: "200" }))],
    ["lines that are none", packHead(head({ 2: "a" }))],
    ["a line of one", packHead(head({ 2: [["a"]] }))],
    ["a name with a line break", packHead(head({ 2: [["a\r\nb", "1"]] }))],
    ["an empty name", packHead(head({ 2: [["", "1"]] }))],
    ["a value with a line break", packHead(head({ 2: [["a", "1\r\nSet-Cookie: x=y"]] }))],
    ["a value with a zero byte", packHead(head({ 2: [["a", "1\0"]] }))],
    ["a value beyond a byte", packHead(head({ 2: [["a", "日本"]] }))],
    ["a value that is no text", packHead(head({ 2: [["a", 1]] }))],
    ["a list with such a value", packHead(head({ 2: [["a", ["1", "\n"]]] }))],
    ["a time as text", packHead(head({ 3: "1" }))],
    ["traits that are none", packHead(head({ 8: null }))],
    ["tags that are none", packHead(head({ 9: [1] }))],
    ["a stamp that is none", packHead(head({ 11: 5 }))],
  ])("refuse %s", (_name, packed) => {
    expect(tryUnpackResponse(packed)).toBeUndefined();
  });
});
