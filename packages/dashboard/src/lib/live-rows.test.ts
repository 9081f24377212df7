import type { LiveRequest } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { addLiveRows, EMPTY_LIVE, filterLiveRows, findNewer, HISTOGRAM_BUCKETS, MAX_LIVE_ROWS } from "./live-rows.ts";

function createRow(seq: number, changes: Partial<LiveRequest> = {}): LiveRequest {
  return {
    seq,
    time: seq * 1000,
    method: "GET",
    route: "/cart/:id",
    path: `/cart/${seq}`,
    status: 200,
    durationMs: 12,
    requestId: null,
    userId: null,
    client: null,
    errorId: null,
    issueId: null,
    ...changes,
  };
}

test("the newest row is first and only so many are kept", () => {
  let state = EMPTY_LIVE;
  for (let seq = 0; seq < MAX_LIVE_ROWS + 300; seq += 100) {
    state = addLiveRows(
      state,
      Array.from({ length: 100 }, (_, index) => createRow(seq + index)),
      0,
    );
  }
  expect(state.rows).toHaveLength(MAX_LIVE_ROWS);
  expect(state.rows[0]?.seq).toBe(MAX_LIVE_ROWS + 299);
  expect(state.total).toBe(MAX_LIVE_ROWS + 300);
  expect(state.buckets.size).toBeLessThanOrEqual(HISTOGRAM_BUCKETS);
});

test("rows that a new stream repeats are counted once", () => {
  const rows = [createRow(1), createRow(2)];
  const state = addLiveRows(addLiveRows(EMPTY_LIVE, rows, 0), [...rows, createRow(3)], 0);
  expect(state.rows.map((row) => row.seq)).toEqual([3, 2, 1]);
  expect(state.total).toBe(3);
});

test("skipped requests are counted in the total and in the histogram", () => {
  const state = addLiveRows(EMPTY_LIVE, [createRow(1, { status: 503 })], 40);
  expect(state.total).toBe(41);
  expect(state.buckets.get(0)).toEqual({ requests: 41, errors: 1 });
});

test("a filter looks at the status, the errors, the time taken and the words", () => {
  const rows = [
    createRow(1),
    createRow(2, { status: 404 }),
    createRow(3, { status: 500, errorId: "a" }),
    createRow(4, { durationMs: 900, userId: "Ada" }),
  ];
  const seqs = (status: "4xx" | "5xx" | "errors" | "slow" | "all", text = "") =>
    filterLiveRows(rows, { status, text }).map((row) => row.seq);
  expect([seqs("4xx"), seqs("5xx"), seqs("errors"), seqs("slow"), seqs("all", "ada")]).toEqual([
    [2],
    [3],
    [3],
    [4],
    [4],
  ]);
});

test("findNewer() gives what came since, also when what was seen has fallen out", () => {
  const seen = addLiveRows(EMPTY_LIVE, [createRow(1), createRow(2)], 0);
  const now = addLiveRows(seen, [createRow(3), createRow(4)], 5);
  expect(findNewer(now.rows, seen.rows).map((row) => row.seq)).toEqual([4, 3]);
  expect(findNewer(now.rows, now.rows)).toEqual([]);
  expect(findNewer(now.rows, [])).toEqual(now.rows);
  expect(findNewer(now.rows, [createRow(0)])).toEqual(now.rows);
});

test("what the server recalls from before its start is taken only by a page that has nothing", () => {
  const recalled = [createRow(-2), createRow(-1)];
  const fresh = addLiveRows(EMPTY_LIVE, recalled, 0);
  expect(fresh.rows.map((row) => row.seq)).toEqual([-1, -2]);
  expect(addLiveRows(addLiveRows(EMPTY_LIVE, [createRow(1)], 0), recalled, 0).rows).toHaveLength(1);
});
