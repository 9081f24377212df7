import { badData } from "./query-error.ts";
import type { Instruction, Test } from "./run-program.ts";

const MAX_PROGRAM = 4_000;

export function one(test: Test): Instruction[] {
  return [{ kind: "one", test }];
}

/** A part written out as often as it is repeated. */
export function repeat(part: readonly Instruction[], min: number, max: number): Instruction[] {
  checkCount(part.length * Math.max(min, max === Number.POSITIVE_INFINITY ? min + 1 : max));
  const program: Instruction[] = [];
  for (let count = 0; count < min; count++) program.push(...shift(part, program.length));
  if (max === Number.POSITIVE_INFINITY) {
    const start = program.length;
    const end = start + part.length + 2;
    program.push({ kind: "fork", first: start + 1, second: end }, ...shift(part, start + 1), {
      kind: "jump",
      to: start,
    });
    return checkSize(program);
  }
  const optional = max - min;
  const end = program.length + optional * (part.length + 1);
  for (let count = 0; count < optional; count++) {
    program.push({ kind: "fork", first: program.length + 1, second: end });
    program.push(...shift(part, program.length));
  }
  return checkSize(program);
}

/** The same instructions further on. */
export function shift(program: readonly Instruction[], by: number): Instruction[] {
  if (by === 0) return [...program];
  return program.map((instruction) => {
    if (instruction.kind === "fork")
      return { ...instruction, first: instruction.first + by, second: instruction.second + by };
    return instruction.kind === "jump" ? { ...instruction, to: instruction.to + by } : instruction;
  });
}

/** @throws QueryError */
export function checkSize(program: Instruction[]): Instruction[] {
  checkCount(program.length);
  return program;
}

/** @throws QueryError */
export function checkCount(count: number): void {
  if (count > MAX_PROGRAM) throw badData("a regular expression is too large; make it shorter");
}
