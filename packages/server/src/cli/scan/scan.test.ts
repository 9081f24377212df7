import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const BIN = join(import.meta.dirname, "../../../bin/gatewatch.mjs");
const NORMAL = '{"type":"order","status":"open","amount":47}';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-scan-"));
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 48_271) % 0x7fff_ffff) >>> 0) / 2 ** 32;
  const orders = Array.from({ length: 3_000 }, () => ({
    type: "order",
    status: random() < 0.3 ? "paid" : "open",
    amount: 20 + Math.round(random() * 60),
  }));
  const lines = orders.map((order) => JSON.stringify(order));
  writeFileSync(join(folder, "normal.ndjson"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "damaged.log.gz"), gzipSync(NORMAL).subarray(0, 30));
  writeFileSync(
    join(folder, "odd.ndjson.gz"),
    gzipSync(`${NORMAL}\n{"type":"order","status":"\\u001b[2Jrefunded","amount":9400000}\n`),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function gatewatch(args: string[], input = "") {
  return new Promise<{ code: number | null; out: string; err: string }>((done) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("close", (code) => done({ code, out, err }));
    child.stdin.end(input);
  });
}

describe("gatewatch scan", () => {
  it("finds what is odd beside a baseline, says why, and ends with 1", async () => {
    const args = ["scan", "odd.ndjson.gz", "--format", "ndjson", "--baseline", "normal.ndjson", "--json"];
    const { code, out, err } = await gatewatch(args);
    expect(code).toBe(1);
    const [first, ...others] = out.trim().split("\n");
    expect(others).toEqual([]);
    expect(JSON.parse(first!)).toMatchObject({ line: 2, isAnomaly: true, event: { amount: 9_400_000 } });
    expect(err).toContain("2 events judged");
  });

  it("ends with 0 where all is as ever, and lets no text of the file at the terminal", async () => {
    const args = ["scan", "odd.ndjson.gz", "--format", "ndjson", "--baseline", "normal.ndjson"];
    expect((await gatewatch(args)).out).not.toContain("\u001b");
    const nominal = await gatewatch(
      [...args, "--stdin"].filter((arg) => arg !== "odd.ndjson.gz"),
      `${NORMAL}\n`,
    );
    expect(nominal).toMatchObject({ code: 0, out: "" });
  });

  it("takes what is nested too deep, and shows the rest", async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    for (const output of ["pretty", "ndjson"]) {
      const args = ["scan", "--stdin", "--format", "ndjson", "--show-all", "--output", output];
      const { code, out } = await gatewatch(args, `${deep}\n${NORMAL}\n`);
      expect(code).toBe(0);
      expect(out).toContain("amount");
    }
  });

  it.each<[string, string[], string]>([
    ["a damaged file", ["scan", "damaged.log.gz"], "This gzip file is damaged"],
    ["following what is packed", ["scan", "odd.ndjson.gz", "--follow"], "is packed"],
    ["no file", ["scan"], "Give a file, or --stdin."],
    ["a file that is not there", ["scan", "nowhere.log"], "ENOENT"],
    ["a format that is not there", ["scan", "normal.ndjson", "--format", "ndjsn"], "Did you mean ndjson?"],
    ["the wrong format", ["scan", "normal.ndjson", "--format", "syslog"], "is syslog"],
    ["a level that is no probability", ["scan", "normal.ndjson", "--level", "7"], "0.0001 to 0.1"],
  ])("ends with 2 for %s", async (_, args, message) => {
    const { code, err } = await gatewatch(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
