import { describe, expect, it } from "vitest";
import { readEvents, type ReadResult } from "./read-events.ts";

async function read(text: string | Buffer, format: string, min = 1, cut = 7) {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += cut) yield bytes.subarray(from, from + cut);
  }
  const result: ReadResult = { unread: 0, hint: null };
  const events = [];
  for await (const { event, number } of readEvents(chunks(), format, min, result)) events.push({ event, number });
  return { events, ...result };
}

describe("reading events", () => {
  it("splits lines wherever the chunks are cut, with any end of line", async () => {
    const { events } = await read("één\r\n\ntwo\nlast", "raw");
    expect(events).toEqual([
      { event: { type: "line", message: "één" }, number: 1 },
      { event: { type: "line", message: "two" }, number: 3 },
      { event: { type: "line", message: "last" }, number: 4 },
    ]);
  });

  it("cuts a line that does not end", async () => {
    const { events } = await read(Buffer.alloc(3 * 1024 * 1024, "x"), "raw", 1, 64 * 1024);
    expect(String(events[0]?.event["message"])).toHaveLength(1024 * 1024);
  });

  it("counts what is not of the format, and skips what is too short", async () => {
    expect(await read('{"a":1}\nnope, this is not\n{}\n', "ndjson", 3)).toMatchObject({
      events: [{ event: { a: 1 } }],
      unread: 1,
    });
  });

  it("says which format would suit better", async () => {
    expect((await read('{"a":1}\n'.repeat(60), "raw")).hint).toBe("ndjson");
  });

  it.each<[string, string]>([
    ["a list", '[{"a":1},{"a":2}]'],
    ["events", '{"events":[{"a":1},{"a":2}]}'],
  ])("reads JSON: %s", async (_, text) => {
    expect((await read(text, "json")).events.map(({ event }) => event)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("reads CSV with a heading, quotes and new lines inside", async () => {
    const { events } = await read('\uFEFFname,amount,\n"a, ""b""\nc",12,x\nshort\n', "csv");
    expect(events.map(({ event }) => event)).toEqual([
      { name: 'a, "b"\nc', amount: "12", column_3: "x" },
      { name: "short" },
    ]);
  });

  it.each(["{", "not json"])("refuses %s as JSON, and says what to do", async (text) => {
    await expect(read(text, "json")).rejects.toThrow("--format ndjson");
  });
});
