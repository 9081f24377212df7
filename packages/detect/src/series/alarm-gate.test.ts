import { expect, test } from "vitest";
import { AlarmGate, GATE_FLOATS, GATE_NUMBERS } from "./alarm-gate.ts";
import { SeriesMemory } from "./series-memory.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5);

function createGate(): AlarmGate {
  return new AlarmGate(new SeriesMemory({ numbers: GATE_NUMBERS, floats: GATE_FLOATS, counts: 0 }));
}

test.each([
  ["as surprising an hour later", 4, 1, false],
  ["little more surprising", 4.7, 1, false],
  ["clearly more surprising", 5, 1, true],
  ["less surprising eleven hours later", 3, 11, false],
  ["less surprising thirteen hours later", 3, 13, true],
  ["before, after a clock was set back", 3, -2, true],
])("after an alarm of surprise 4, one that is %s passes or not", (_name, surprise, hours, passes) => {
  const gate = createGate();
  expect(gate.isRecord(4, START_MS)).toBe(true);
  expect(gate.isRecord(surprise, START_MS + hours * HOUR_MS)).toBe(passes);
});

test("a long gap forgets everything", () => {
  const gate = createGate();
  gate.isRecord(9, START_MS);
  expect(gate.isRecord(3, START_MS + 1000 * 24 * HOUR_MS)).toBe(true);
});
