import { expect, test } from "vitest";
import type { TopRoutesQuestion } from "../../model/rollup.ts";
import { loadRoutes } from "./load-routes.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12, 34, 56);

test("a route is told by method and path, in milliseconds, as the store ordered it", async () => {
  const asked: TopRoutesQuestion[] = [];
  const times = { sumUs: 9000, maxUs: 5000, p50Us: 1000, p95Us: 4000.4, p99Us: 5000 };
  const counts = { count: 3, errors: 1, clientErrors: 2 };
  const telemetry = {
    topRoutes: async (question: TopRoutesQuestion) => {
      asked.push(question);
      return [
        { route: "GET /slow path", ...counts, ...times },
        { route: "_OTHER", ...counts, ...times },
      ];
    },
  };
  const rows = await loadRoutes(telemetry, { projectId: 7, span: { from: NOW - DAY, to: NOW }, now: NOW, limit: 2 });
  expect(asked).toMatchObject([{ projectId: 7, by: "sumUs", limit: 2 }]);
  expect(asked[0]!.parts).toHaveLength(5);
  const told = { ...counts, p50: 1, p95: 4, p99: 5, max: 5, totalMs: 9 };
  expect(rows).toEqual([
    { method: "GET", route: "/slow path", ...told },
    { method: "", route: "_OTHER", ...told },
  ]);
});
