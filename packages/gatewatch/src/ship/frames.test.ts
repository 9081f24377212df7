import { describe, expect, test } from "vitest";
import { createFrameReader, encodeFrame, OPCODE } from "./frames.ts";

/** A server's frame: as the client's, without the mask. */
function serverFrame(opcode: number, payload: Buffer, final = true): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0, payload.length])
      : Buffer.from([0, 126, payload.length >> 8, payload.length & 255]);
  head[0] = (final ? 0x80 : 0) | opcode;
  return Buffer.concat([head, payload]);
}

function unmask(frame: Buffer): Buffer {
  const short = (frame[1] ?? 0) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  return frame.subarray(head + 4).map((byte, index) => byte ^ (frame[head + (index % 4)] ?? 0)) as Buffer;
}

describe("encodeFrame()", () => {
  test.each([0, 125, 126, 65_535, 65_536])("masks a payload of %i bytes", (length) => {
    const payload = Buffer.alloc(length, "abc");
    const frame = encodeFrame(OPCODE.text, payload);
    expect(frame[0]).toBe(0x81);
    expect((frame[1] ?? 0) & 0x80).toBe(0x80);
    expect(Buffer.compare(unmask(frame), payload)).toBe(0);
  });
});

describe("createFrameReader()", () => {
  test("finds the same frames however the bytes are cut", () => {
    const bytes = Buffer.concat([
      serverFrame(OPCODE.text, Buffer.from("one"), false),
      serverFrame(OPCODE.ping, Buffer.alloc(0)),
      serverFrame(OPCODE.continuation, Buffer.alloc(300, "x")),
    ]);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const read = createFrameReader(1_000);
      const frames = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...read(bytes.subarray(at, at + size)));
      expect(frames.map((frame) => [frame.opcode, frame.final, frame.payload.length])).toEqual([
        [OPCODE.text, false, 3],
        [OPCODE.ping, true, 0],
        [OPCODE.continuation, true, 300],
      ]);
    }
  });

  test.each([
    ["masked", /masked/, Buffer.from([0x81, 0x80, 0, 0, 0, 0])],
    ["with reserved bits", /reserved/, Buffer.from([0xb1, 0x00])],
    ["longer than allowed", /longer/, Buffer.from([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255])],
    ["a control frame in parts", /control/, Buffer.from([0x09, 0x00])],
    ["a control frame that is too long", /control/, Buffer.from([0x89, 126, 0, 200])],
  ])("refuses a frame that is %s", (_name, reason, bytes) => {
    expect(() => createFrameReader(1_000)(bytes)).toThrow(reason);
  });
});
