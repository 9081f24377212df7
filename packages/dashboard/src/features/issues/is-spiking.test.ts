import { expect, test } from "vitest";
import { isSpiking } from "./is-spiking.ts";

test.each([
  ["a last hour far above the rest", [2, 3, 2, 30], true],
  ["a steady course", [20, 22, 19, 24], false],
  ["a few events", [0, 1, 0, 6], false],
  ["a first appearance", [0, 0, 0, 40], false],
  ["no data", [], false],
])("%s", (_name, trend, spiking) => expect(isSpiking(trend)).toBe(spiking));
