import type { RegexBudget } from "./regex-budget.ts";

export type Test = (code: number) => boolean;
export type Instruction =
  | { kind: "one"; test: Test }
  | { kind: "fork"; first: number; second: number }
  | { kind: "jump"; to: number }
  | { kind: "begin" }
  | { kind: "end" }
  | { kind: "match" };

/** Pike's way: all threads take each character together. */
export function runProgram(program: readonly Instruction[], value: string, budget: RegexBudget): boolean {
  const codes = Array.from(value, (char) => char.codePointAt(0)!);
  const seenAt = new Int32Array(program.length).fill(-1);
  let threads: number[] = [];
  let steps = 0;
  let matched = false;

  function add(start: number, at: number, target: number[]): void {
    const waiting = [start];
    while (waiting.length > 0) {
      const pc = waiting.pop()!;
      if (seenAt[pc] === at) continue;
      seenAt[pc] = at;
      steps++;
      const instruction = program[pc]!;
      switch (instruction.kind) {
        case "fork":
          waiting.push(instruction.second, instruction.first);
          break;
        case "jump":
          waiting.push(instruction.to);
          break;
        case "begin":
          if (at === 0) waiting.push(pc + 1);
          break;
        case "end":
          if (at === codes.length) waiting.push(pc + 1);
          break;
        case "match":
          if (at === codes.length) matched = true;
          break;
        case "one":
          target.push(pc);
          break;
        default:
          instruction satisfies never;
      }
    }
  }

  add(0, 0, threads);
  for (let at = 0; at < codes.length && threads.length > 0; at++) {
    const code = codes[at]!;
    const next: number[] = [];
    for (const pc of threads) {
      steps++;
      const instruction = program[pc]!;
      if (instruction.kind === "one" && instruction.test(code)) add(pc + 1, at + 1, next);
    }
    threads = next;
    budget.spend(steps);
    steps = 0;
  }
  budget.spend(steps);
  return matched;
}
