import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BundleError } from "./bundle-error.ts";
import { readZip } from "./read-zip.ts";
import { makeZip, type ZipFile, type ZipShape } from "./testing/make-zip.ts";

const LIMITS = { entries: 10, entryBytes: 10_000, unpackedBytes: 15_000 };
const FILES: ZipFile[] = [
  { name: "manifest.json", content: "{}" },
  { name: "files/_/_/app.js", content: "throw 1;".repeat(100) },
  { name: "files/_/_/../etc/passwd", content: "only a name", stored: true },
];

async function readAll(bytes: Buffer): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const [name, entry] of readZip(bytes, LIMITS)) read[name] = (await entry.read()).toString();
  return read;
}

describe("readZip()", () => {
  it.each<[string, ZipShape]>([
    ["at the begin of the file", {}],
    ["behind a mark that its offsets count", { prefix: Buffer.from("SYSB\u0002\0\0\0") }],
    ["behind a mark of which its offsets know nothing", { hiddenPrefix: Buffer.from("SYSB\u0002\0\0\0") }],
  ])("reads an archive %s", async (_where, shape) => {
    expect(await readAll(makeZip(FILES, shape))).toEqual(
      Object.fromEntries(FILES.map(({ name, content }) => [name, content])),
    );
  });

  const one = (claims: ZipFile["claims"], stored = false): Buffer =>
    makeZip([{ name: "a", content: "x".repeat(500), stored, claims: claims! }]);
  it.each<[string, Buffer, string]>([
    ["nothing", Buffer.alloc(0), "no ZIP archive"],
    ["other bytes", Buffer.alloc(200, "a"), "no ZIP archive"],
    ["an archive that is cut", makeZip(FILES).subarray(0, -10), "no ZIP archive"],
    ["more entries than there are", makeZip(FILES, { claimedEntries: 5 }), "damaged"],
    ["too many entries", makeZip(FILES, { claimedEntries: 11 }), "at most 10"],
    ["the larger format", makeZip(FILES, { claimedEntries: 0xffff }), "65,534"],
    ["an encrypted entry", one({ flags: 1 }), "encrypted"],
    ["another method", one({ method: 12 }), "method 12"],
    ["an entry that claims too much", one({ bytes: 20_000 }), "at most 10000"],
    ["stored bytes of two sizes", one({ bytes: 400 }, true), "two different sizes"],
    ["packed bytes beyond the end", one({ packedBytes: 4_000 }), "beyond its end"],
    ["an entry that lies elsewhere", one({ at: 3 }), "not where"],
    ["the same name twice", makeZip([FILES[0]!, FILES[0]!]), "twice"],
    ["two entries in the same bytes", makeZip([FILES[0]!, { ...FILES[1]!, claims: { at: 0 } }]), "shares bytes"],
    [
      "more than all entries may unpack to",
      makeZip([0, 1].map((index) => ({ name: `${index}`, content: "x".repeat(9_000) }))),
      "more than 15000",
    ],
  ])("refuses %s", (_what, bytes, message) => expect(() => readZip(bytes, LIMITS)).toThrow(message));

  it.each<[string, ZipFile["claims"]]>([
    ["is longer than it says", { bytes: 499 }],
    ["is a bomb", { bytes: 1 }],
    ["is shorter than it says", { bytes: 501 }],
    ["has another checksum", { crc: 1 }],
  ])("refuses an entry that %s when it is read", async (_what, claims) => {
    await expect(readZip(one(claims), LIMITS).get("a")!.read()).rejects.toThrow("archive's file");
  });

  it("gives what was packed, or refuses it as a bundle, whatever bytes have changed", async () => {
    const sound = makeZip(FILES, { prefix: Buffer.from("SYSB\u0002\0\0\0") });
    const change = fc.tuple(fc.nat(sound.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0xff)));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(sound.length), async (changes, cut) => {
        const bytes = Buffer.from(cut % 4 === 0 ? sound.subarray(0, cut) : sound);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const contents = Object.values(await readAll(bytes));
          expect(contents.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(LIMITS.unpackedBytes);
        } catch (error) {
          if (!(error instanceof BundleError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
