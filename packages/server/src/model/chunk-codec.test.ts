import { randomBytes, randomUUID } from "node:crypto";
import type { RequestColumns } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { encodeRequestChunk, RequestChunk, type RequestPart } from "./chunk-codec.ts";

const NOW = 1_800_000_000_000;

function partOf(columns: RequestColumns, dict: string[] = [], extra: Partial<RequestPart> = {}): RequestPart {
  return { batchId: new Uint8Array(16).fill(7), receivedAt: NOW, resource: undefined, dict, columns, ...extra };
}

/** Requests of a shop as a client sends them: dictionary references for what repeats, text for what does not. */
function makeShopPart(n: number, seed: number): RequestPart {
  const routes = [
    "/",
    "/products",
    "/products/:id",
    "/users/:id/orders",
    "/cart",
    "/login",
    "/search",
    "/api/stock/:sku",
  ];
  const agents = Array.from(
    { length: 12 },
    (_, i) => `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/${120 + i}.0`,
  );
  const clients = Array.from({ length: 30 }, () => randomBytes(32).toString("hex"));
  const dict = ["GET", "POST", ...routes, ...agents, ...clients];
  const rows = Array.from({ length: n }, (_, i) => i);
  return partOf(
    {
      n,
      t0: NOW + seed * 50,
      time: rows.map((i) => i >> 1),
      durationUs: rows.map((i) => 900 + ((i * 7919 + seed * 104_729) % 90_000)),
      status: rows.map((i) => [200, 200, 200, 304, 200, 404, 200, 500][(i * 13) % 8]!),
      method: rows.map((i) => (i % 9 === 0 ? 1 : 0)),
      route: rows.map((i) => (i % 11 === 0 ? null : 2 + (i % 8))),
      path: rows.map((i) => `/users/${(i * 7919 + seed * 31) % 100_000}/orders`),
      requestId: rows.map(() => randomUUID()),
      client: rows.map((i) => 22 + (i % 30)),
      userAgent: rows.map((i) => 10 + (i % 12)),
      userId: rows.map((i) => (i % 3 === 0 ? null : String((i * 31) % 400))),
      errorId: rows.map((i) => (i % 8 === 7 ? randomUUID() : null)),
      responseBytes: rows.map((i) => (i % 5 === 0 ? null : (i * 37) % 20_000)),
    },
    dict,
    {
      receivedAt: NOW + seed * 50,
      batchId: randomBytes(16),
      resource: { service: "shop", environment: "production", release: `v${seed % 2}` },
    },
  );
}

function expectRows(chunk: RequestChunk, parts: RequestPart[]): void {
  let row = 0;
  for (const part of parts) {
    const { columns, dict } = part;
    for (let i = 0; i < columns.n; i++, row++) {
      const text = (
        name: "method" | "path" | "route" | "requestId" | "client" | "userId" | "errorId" | "userAgent" | "traceId",
      ) => {
        const value = columns[name]?.[i] ?? null;
        expect(chunk.strings(name).get(row)).toBe(typeof value === "number" ? dict[value] : value);
      };
      text("method");
      text("path");
      text("route");
      text("requestId");
      text("client");
      text("userId");
      text("errorId");
      text("userAgent");
      text("traceId");
      expect(chunk.numbers("time").get(row)).toBe(columns.t0 + columns.time[i]!);
      expect(chunk.numbers("durationUs").get(row)).toBe(columns.durationUs[i]);
      expect(chunk.numbers("status").get(row)).toBe(columns.status[i]);
      expect(chunk.numbers("responseBytes").get(row)).toBe(columns.responseBytes?.[i] ?? null);
      const batch = chunk.batchOf(row);
      expect(batch.receivedAt).toBe(part.receivedAt);
      expect(Buffer.from(batch.batchId)).toEqual(Buffer.from(part.batchId));
      expect(batch.resource).toEqual(part.resource);
      expect(row - batch.firstRow).toBe(i);
    }
  }
  expect(row).toBe(chunk.n);
}

test("every column of many batches comes back as it was", () => {
  const parts = [1, 2, 3].map((seed) => makeShopPart(100, seed));
  const { body, count, minTime, maxTime } = encodeRequestChunk(parts);
  expect({ count, minTime, maxTime }).toEqual({ count: 300, minTime: NOW + 50, maxTime: NOW + 150 + 49 });
  expectRows(new RequestChunk(body), parts);
});

test("a realistic request takes at most 60 bytes", () => {
  const parts = Array.from({ length: 50 }, (_, seed) => makeShopPart(100, seed));
  expect(encodeRequestChunk(parts).body.length / 5000).toBeLessThanOrEqual(60);
});

test("one row with the required columns alone comes back", () => {
  const part = partOf({ n: 1, t0: NOW, time: [0], durationUs: [0], status: [0], method: ["GET"], path: ["/"] });
  const chunk = new RequestChunk(encodeRequestChunk([part]).body);
  expect(chunk.row(0)).toEqual({
    time: NOW,
    receivedAt: NOW,
    method: "GET",
    route: null,
    path: "/",
    status: 0,
    durationMs: 0,
    requestId: null,
    client: null,
    userId: null,
    errorId: null,
  });
});

test.each([
  ["empty strings beside absent ones", ["", null, "", "a"]],
  ["upper-case hexadecimal", ["AB", "cd", "ef", "01"]],
  ["hexadecimal of different lengths", ["abcd", "ab", "abcdef", ""]],
  ["hexadecimal with gaps", ["abcd", null, "0123", null]],
  ["UUIDs with gaps", [randomUUID(), null, randomUUID(), randomUUID()]],
  ["UUIDs of version 7", ["01890a5d-ac96-774b-bcce-b302099a8057", null, "01890a5d-ac96-774b-bcce-b302099a8058", null]],
  ["almost UUIDs", ["01890a5d-ac96-774b-bcce-b302099a805-", "01890a5d-ac96-774b-bcce-b302099a8057", null, null]],
  ["text beyond ASCII", ["Größe", "日本", "🦊", '\u0000\n"']],
  ["lone surrogates", ["\ud800", "a\udc00b", "ok", "é"]],
  ["absent everywhere", [null, null, null, null]],
])("strings come back exactly: %s", (_, values) => {
  const part = partOf({
    n: 4,
    t0: NOW,
    time: [0, 0, 0, 0],
    durationUs: [1, 2, 3, 4],
    status: [200, 200, 200, 200],
    method: ["A", "B", "C", "D"],
    path: values.map((value) => value ?? ""),
    requestId: values,
    userId: values,
  });
  const chunk = new RequestChunk(encodeRequestChunk([part]).body);
  for (let i = 0; i < 4; i++) {
    expect(chunk.strings("requestId").get(i)).toBe(values[i]);
    expect(chunk.strings("userId").get(i)).toBe(values[i]);
    expect(chunk.strings("path").get(i)).toBe(values[i] ?? "");
  }
});

test.each([
  ["hours", [1, 7_200_000_000, 3, 4]],
  ["fractions", [0.5, 1, 2, 3]],
  ["negative", [-1, 0, 1, 2]],
  ["huge", [2 ** 52, 0, 1, 2]],
  ["equal", [9, 9, 9, 9]],
  ["equal and huge", [2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52]],
])("numbers come back exactly: %s", (_, values) => {
  const part = partOf({
    n: 4,
    t0: NOW,
    time: [0, 0, 0, 0],
    durationUs: values,
    status: [200, 404, 500, 0],
    method: ["GET", "GET", "GET", "GET"],
    path: ["/", "/", "/", "/"],
    requestBytes: [values[0]!, null, values[2]!, null],
  });
  const chunk = new RequestChunk(encodeRequestChunk([part]).body);
  for (let i = 0; i < 4; i++) {
    expect(chunk.numbers("durationUs").get(i)).toBe(values[i]);
    expect(chunk.numbers("requestBytes").get(i)).toBe(i % 2 ? null : values[i]);
    expect(chunk.numbers("aborted").get(i)).toBeNull();
  }
});

test("a dictionary reference that points nowhere is absent", () => {
  const part = partOf(
    { n: 1, t0: NOW, time: [0], durationUs: [1], status: [200], method: [5], path: [9], requestId: [3] },
    ["x"],
  );
  const chunk = new RequestChunk(encodeRequestChunk([part]).body);
  expect([chunk.strings("method").get(0), chunk.strings("path").get(0), chunk.strings("requestId").get(0)]).toEqual([
    null,
    null,
    null,
  ]);
});

test("the stored form of version 1 is frozen", () => {
  const part = partOf(
    {
      n: 2,
      t0: NOW,
      time: [0, 3],
      durationUs: [1500, 70_000],
      status: [200, 500],
      method: [0, 0],
      path: ["/a/1", "/a/2"],
      route: [1, null],
    },
    ["GET", "/a/:id"],
    { resource: { service: "shop" } },
  );
  expect(Buffer.from(encodeRequestChunk([part]).body).toString("hex")).toMatchInlineSnapshot(
    `"01010201001980a0f1c2b1340707070707070707070707070707070700000200145b7b2273657276696365223a2273686f70227d5d010c0180a0f1c2b1340100020003020d0100040008dc0500007011010003090100020004c800f401100d01010000040100034745540001111301010000070100062f612f3a69640100020100120f000000050100082f612f312f612f3200"`,
  );
});

test("damaged or newer bytes are refused", () => {
  const { body } = encodeRequestChunk([makeShopPart(10, 1)]);
  expect(() => new RequestChunk(body.subarray(0, body.length - 1))).toThrow(RangeError);
  expect(() => new RequestChunk(Uint8Array.of(2, 1, 0))).toThrow("version 2");
  expect(() => new RequestChunk(Uint8Array.of(1, 2, 0))).toThrow("kind 2");
});
