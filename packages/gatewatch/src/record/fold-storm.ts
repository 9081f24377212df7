import type { DescribedError } from "./describe-error.ts";

/** What becomes of one error: an event of its own, one more of an event that counts, or nothing but a number. */
export type FoldDecision<T> =
  | { kind: "whole"; key: FoldKey<T> }
  | { kind: "folded"; fold: Fold<T> }
  | { kind: "dropped" };

/** Identical errors of one window. */
export interface FoldKey<T> {
  whole: number;
  /** The first that went whole: it stands for the folded ones. */
  template: T | undefined;
  fold: Fold<T> | undefined;
}

export interface Fold<T> {
  readonly id: string;
  readonly startedAt: number;
  readonly template: T;
  count: number;
}

export interface StormFolder<T> {
  decide(error: DescribedError): FoldDecision<T>;
  /** What was folded since the last call; the window goes on. */
  takeFolds(): Fold<T>[];
  /** Ends the window; returns what was folded in it. */
  endWindow(): Fold<T>[];
}

export interface StormOptions {
  wholePerWindow: number;
  now(): number;
  createId(): string;
}

/** Whole events in one window, of all kinds together; beyond it the message no longer tells errors apart. */
const MAX_WHOLE = 100;
const MAX_KEYS = 1_000;
const MAX_TEMPLATE = 200;

/** Bounds what a storm of errors costs, whether they are all the same or differ in what an attacker chose. */
export function createStormFolder<T>(options: StormOptions): StormFolder<T> {
  let keys = new Map<string, FoldKey<T>>();
  let whole = 0;

  function decideFor(name: string, allowance: number): FoldDecision<T> {
    let key = keys.get(name);
    if (key === undefined) {
      if (keys.size >= MAX_KEYS) return { kind: "dropped" };
      key = { whole: 0, template: undefined, fold: undefined };
      keys.set(name, key);
    }
    if (key.whole < allowance || key.template === undefined) {
      key.whole += 1;
      whole += 1;
      return { kind: "whole", key };
    }
    key.fold ??= { id: options.createId(), startedAt: options.now(), template: key.template, count: 0 };
    key.fold.count += 1;
    return { kind: "folded", fold: key.fold };
  }

  function takeFolds(): Fold<T>[] {
    const folds: Fold<T>[] = [];
    for (const key of keys.values()) {
      if (key.fold !== undefined) folds.push(key.fold);
      key.fold = undefined;
    }
    return folds;
  }

  return {
    decide(error) {
      const place = `${error.type}\n${topFrame(error.stack)}`;
      const name = `${place}\n${templateOf(error.message)}`;
      return keys.has(name) || whole < MAX_WHOLE ? decideFor(name, options.wholePerWindow) : decideFor(place, 1);
    },
    takeFolds,
    endWindow() {
      const folds = takeFolds();
      keys = new Map();
      whole = 0;
      return folds;
    },
  };
}

function topFrame(stack: string | undefined): string {
  if (stack === undefined) return "";
  const start = stack.indexOf("\n    at ");
  const end = stack.indexOf("\n", start + 1);
  return start < 0 ? "" : stack.slice(start, end < 0 ? start + MAX_TEMPLATE : Math.min(end, start + MAX_TEMPLATE));
}

/** Numbers and quoted values vary from one occurrence to the next. */
function templateOf(message: string): string {
  return message.slice(0, MAX_TEMPLATE).replace(/\d+|"[^"]*"|'[^']*'/g, "#");
}
