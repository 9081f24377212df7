import { expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parseQuery } from "./parse-query.ts";
import { RegexBudget } from "./regex-budget.ts";
import type { Evaluation } from "./select-counters.ts";

const STEPS = 1_000;
const ROUTES = 200;

/** Many routes of an hour of minutes, at once. */
const LARGE: Evaluation = {
  job: "shop",
  projectId: 1,
  times: Array.from({ length: STEPS }, (_, step) => step * 1_000),
  stepMs: 1_000,
  now: STEPS * 1_000,
  load: async ({ columns }) => ({
    from: 0,
    cellMs: 60_000,
    rows: Array.from({ length: ROUTES }, (_, index) => ({
      labels: { job: "shop", http_request_method: "GET", http_route: `/${index}` },
      columns: new Map(columns.map((column) => [column, new Float64Array(60).fill(1)])),
    })),
  }),
};

test("evaluate() lets others in while it calculates", async () => {
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const tree = parseQuery(
    "sum by (http_route) (rate(http_server_request_duration_seconds_count[5m]))",
    new RegexBudget(),
  );
  const result = await evaluate(tree, LARGE);
  isDone = true;
  expect(result.type).toBe("vector");
  // 200,000 values, 20,000 at a time; nothing here waits for anything but a turn.
  expect(turns).toBe(10);
});

test("evaluate() refuses more values than it may hold", async () => {
  const tree = parseQuery("rate(http_server_request_duration_seconds_bucket[5m])", new RegexBudget());
  await expect(evaluate(tree, LARGE)).rejects.toMatchObject({ type: "execution", status: 422 });
});
