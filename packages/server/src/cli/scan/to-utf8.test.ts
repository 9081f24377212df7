import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { toUtf8 } from "./to-utf8.ts";

const TEXT = "one\né😀\n";

async function read(bytes: Uint8Array, chunkBytes: number): Promise<string> {
  async function* chunks(): AsyncIterable<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield Buffer.from(bytes.subarray(at, at + chunkBytes));
  }
  const read: Buffer[] = [];
  for await (const chunk of toUtf8(chunks())) read.push(chunk);
  return Buffer.concat(read).toString();
}

const utf16le = Buffer.from(`\ufeff${TEXT}`, "utf16le");

it.each<[string, Uint8Array, string]>([
  ["UTF-8", Buffer.from(TEXT), TEXT],
  ["UTF-8 with its mark", Buffer.from(`\ufeff${TEXT}`), TEXT],
  ["UTF-16, little end first", utf16le, TEXT],
  ["UTF-16, big end first", Buffer.from(utf16le).swap16(), TEXT],
  ["gzip", gzipSync(TEXT), TEXT],
  ["UTF-16 in gzip", gzipSync(utf16le), TEXT],
  ["nothing", Buffer.alloc(0), ""],
  ["one byte", Buffer.from("a"), "a"],
])("toUtf8() reads %s, however it is cut", async (_, bytes, expected) => {
  for (const chunkBytes of [1, 2, 3, 1_000]) expect(await read(bytes, chunkBytes)).toBe(expected);
});

it("toUtf8() unpacks once, and refuses damaged gzip", async () => {
  const twice = gzipSync(gzipSync(TEXT));
  expect(await read(twice, 1_000)).not.toContain("one");
  await expect(read(gzipSync(TEXT).subarray(0, 20), 1_000)).rejects.toThrow("This gzip file is damaged");
  await expect(read(Buffer.from([0x1f, 0x8b, 1, 2, 3]), 1_000)).rejects.toThrow("This gzip file is damaged");
});
