import { expect, test } from "vitest";
import { formatUuid, makeUuidV7, readUuidTime } from "./uuid-v7.ts";

const random = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index);

// RFC 9562, appendix A.6.
test("makeUuidV7() makes the example of the RFC", () => {
  const given = Uint8Array.from([0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  expect(formatUuid(makeUuidV7(given, 0x017f22e279b0))).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test.each([0, 1, 2 ** 32 - 1, 2 ** 32, 1_800_000_000_000, 2 ** 48 - 1])("the time %i is read back", (timeMs) => {
  const bytes = makeUuidV7(random, timeMs);
  expect(readUuidTime(bytes)).toBe(timeMs);
  expect(readUuidTime(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))).toBe(timeMs);
});

test("a counter orders the ids of one millisecond, and the random bytes stay as they were", () => {
  const before = [...random];
  const ids = [0, 1, 255, 256, 0xfff].map((counter) => formatUuid(makeUuidV7(random, 5, counter)));
  expect(ids.toSorted()).toEqual(ids);
  expect(ids[4]).toBe("00000000-0005-7fff-b8f9-fafbfcfdfeff");
  expect([...random]).toEqual(before);
});
