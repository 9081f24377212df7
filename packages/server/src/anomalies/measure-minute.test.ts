import { expect, test } from "vitest";
import { Sketch } from "../model/sketch.ts";
import { measureMinute } from "./measure-minute.ts";

test("a minute of requests that nobody has timed has no quantiles", () => {
  const cell = { count: 500, errors: 5, maxUs: 0, sketch: new Sketch().toBytes() };
  expect(measureMinute(cell).map(({ measure, value }) => [measure, value])).toEqual([
    ["requests", 500],
    ["errorRate", 0.01],
  ]);
});
