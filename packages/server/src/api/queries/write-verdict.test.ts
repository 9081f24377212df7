import { expect, test } from "vitest";
import type { SeriesAnswer } from "@gatewatch/protocol";
import { findTrouble, writeVerdict, type VerdictFacts } from "./write-verdict.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 5, 15, 14, 0);

/** One hour of 100 requests a minute; `errors` gives each minute's errors. */
function hour(errors: (minute: number) => number, requests = 100): SeriesAnswer {
  const each = <Value>(value: (minute: number) => Value) => Array.from({ length: 60 }, (_, minute) => value(minute));
  return {
    from: START,
    to: START + 60 * MINUTE,
    stepMs: MINUTE,
    route: null,
    time: each((minute) => START + minute * MINUTE),
    requests: each(() => requests),
    errors: each(errors),
    clientErrors: each(() => 0),
    p50: each(() => null),
    p95: each(() => null),
    p99: each(() => null),
    max: each(() => null),
  };
}

const calm = [{ requests: 6000, errors: 30 }];
const facts = (series: SeriesAnswer, more: Partial<VerdictFacts> = {}): VerdictFacts => ({
  series,
  usual: calm,
  openNew: 0,
  openRegressed: 0,
  hasData: true,
  ...more,
});

function verdict(given: VerdictFacts, worst: { route: string; share: number } | null = null) {
  return writeVerdict(given, findTrouble(given.series, given.usual), worst);
}

test("trouble is told with its size, its start and its place", () => {
  const series = hour((minute) => (minute >= 42 ? 3 : 0));
  expect(verdict(facts(series), { route: "POST /checkout", share: 0.83 })).toEqual({
    level: "warn",
    text: "Error rate 3.0 %, 6.0× normal since 14:42 UTC; 83 % on `POST /checkout`.",
  });
});

test("much trouble is bad, and the open issues are counted", () => {
  const series = hour((minute) => (minute >= 50 ? 40 : 0));
  expect(verdict(facts(series, { openNew: 2, openRegressed: 1 }))).toEqual({
    level: "bad",
    text: "Error rate 40 %, 80× normal since 14:50 UTC; 2 new issues, 1 regressed.",
  });
});

test("one calm minute does not move the start", () => {
  const series = hour((minute) => (minute >= 30 && minute !== 45 ? 10 : 0));
  expect(findTrouble(series, calm)?.since).toBe(START + 30 * MINUTE);
});

test("what is usual is no trouble, however high", () => {
  const series = hour(() => 10);
  expect(verdict(facts(series, { usual: [{ requests: 6000, errors: 600 }] }))).toEqual({
    level: "ok",
    text: "Nothing unusual: error rate 10 % over 6000 requests.",
  });
});

test("trouble that filled the span before is still trouble when yesterday was calm", () => {
  const series = hour(() => 10);
  const usual = [{ requests: 6000, errors: 600 }, ...calm];
  expect(verdict(facts(series, { usual })).level).toBe("bad");
});

test("trouble that is over is not told as now", () => {
  const series = hour((minute) => (minute < 30 ? 50 : 0));
  expect(findTrouble(series, calm)).toBeNull();
});

test("two errors in little traffic are chance", () => {
  const series = hour((minute) => (minute >= 58 ? 1 : 0), 2);
  expect(findTrouble(series, calm)).toBeNull();
});

test("a single failure in a single request is told as that", () => {
  const series = hour(() => 0, 0);
  series.requests[59] = 1;
  series.errors[59] = 1;
  expect(verdict(facts(series, { usual: [], openNew: 1 }))).toEqual({
    level: "warn",
    text: "1 of 1 request failed, too few to judge; 1 new issue.",
  });
});

test("without anything to compare with, the rate alone decides", () => {
  const series = hour((minute) => (minute >= 55 ? 20 : 0));
  expect(verdict(facts(series, { usual: [{ requests: 0, errors: 0 }] }))).toEqual({
    level: "bad",
    text: "Error rate 20 % since 14:55 UTC.",
  });
});

test("silence is quiet, before and after the first event", () => {
  expect(
    verdict(
      facts(
        hour(() => 0, 0),
        { hasData: false },
      ),
    ),
  ).toEqual({
    level: "quiet",
    text: "No requests have arrived yet.",
  });
  expect(verdict(facts(hour(() => 0, 0)))).toEqual({ level: "quiet", text: "No requests in this time." });
});

test("an issue that came back is worth a look although nothing fails now", () => {
  expect(
    verdict(
      facts(
        hour(() => 0),
        { openRegressed: 1 },
      ),
    ),
  ).toEqual({
    level: "warn",
    text: "Nothing unusual: no server errors over 6000 requests; 1 regressed.",
  });
});
