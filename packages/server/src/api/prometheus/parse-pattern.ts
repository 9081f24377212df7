import { NAMED_SETS, POSIX_SETS } from "./character-sets.ts";
import { badData } from "./query-error.ts";
import { checkCount, checkSize, one, repeat, shift } from "./repeat-program.ts";
import type { Instruction, Test } from "./run-program.ts";

const MAX_REPEAT = 1_000;
const MAX_GROUPS = 100;

/** Recursive descent into instructions; a repeated part is written out as often as it is repeated. */
export class PatternParser {
  private readonly chars: string[];
  private at = 0;
  private groups = 0;
  private ignoresCase = false;

  constructor(pattern: string) {
    this.chars = Array.from(pattern);
  }

  parse(): Instruction[] {
    const program = this.alternatives();
    if (this.at < this.chars.length) throw this.wrong("unexpected )");
    return [...program, { kind: "match" }];
  }

  private alternatives(): Instruction[] {
    let program = this.sequence();
    while (this.take("|")) {
      const other = this.sequence();
      program = checkSize([
        { kind: "fork", first: 1, second: program.length + 2 },
        ...shift(program, 1),
        { kind: "jump", to: program.length + 2 + other.length },
        ...shift(other, program.length + 2),
      ]);
    }
    return program;
  }

  private sequence(): Instruction[] {
    const program: Instruction[] = [];
    while (this.at < this.chars.length && this.chars[this.at] !== "|" && this.chars[this.at] !== ")") {
      const part = this.repeated(this.atom());
      program.push(...shift(part, program.length));
      checkSize(program);
    }
    return program;
  }

  private repeated(part: Instruction[]): Instruction[] {
    let repeats = 0;
    let program = part;
    for (;;) {
      const count = this.tryCount();
      if (count === undefined) return program;
      if (++repeats > 1) throw this.wrong("a repetition of a repetition");
      // Whether a match is short or long makes no difference to whether there is one.
      this.take("?");
      program = repeat(program, count.min, count.max);
    }
  }

  private tryCount(): { min: number; max: number } | undefined {
    if (this.take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.take("?")) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.chars.slice(this.at, this.at + 12).join(""));
    if (braces === null) return undefined;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === undefined ? Number.POSITIVE_INFINITY : Number(braces[3]);
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT) || max < min)
      throw this.wrong("invalid repeat count");
    this.at += braces[0].length;
    return { min, max };
  }

  private atom(): Instruction[] {
    const char = this.chars[this.at++]!;
    switch (char) {
      case "(":
        return this.group();
      case "[":
        return one(this.set());
      case ".":
        return one(() => true);
      case "^":
        return [{ kind: "begin" }];
      case "$":
        return [{ kind: "end" }];
      case "\\":
        return this.escapedAtom();
      case "*":
      case "+":
      case "?":
        throw this.wrong("missing argument to repetition operator");
      default:
        return one(this.literal(char.codePointAt(0)!));
    }
  }

  private group(): Instruction[] {
    if (++this.groups > MAX_GROUPS) throw this.wrong("too many groups");
    const before = this.ignoresCase;
    if (this.take("?")) {
      const head = /^(?:P?<\w{1,60}>|([ims]{0,3})(?:-([ims]{1,3}))?([:)]))/.exec(
        this.chars.slice(this.at, this.at + 70).join(""),
      );
      if (head === null) throw this.wrong("invalid or unsupported group");
      this.at += head[0].length;
      if (head[1]?.includes("i")) this.ignoresCase = true;
      if (head[2]?.includes("i")) this.ignoresCase = false;
      // `(?i)` holds to the end of the group around it.
      if (head[3] === ")") return [];
    }
    const program = this.alternatives();
    if (!this.take(")")) throw this.wrong("missing closing )");
    this.ignoresCase = before;
    return program;
  }

  private escapedAtom(): Instruction[] {
    const char = this.chars[this.at];
    if (char === "A" || char === "z") {
      this.at++;
      return [{ kind: char === "A" ? "begin" : "end" }];
    }
    const named = this.tryNamedSet();
    return one(named ?? this.literal(this.escapedCode()));
  }

  /** `\d` and kin. */
  private tryNamedSet(): Test | undefined {
    const char = this.chars[this.at] ?? "";
    const test = NAMED_SETS[char.toLowerCase()];
    if (test === undefined || !/^[dwsDWS]$/.test(char)) return undefined;
    this.at++;
    return char === char.toLowerCase() ? test : (code) => !test(code);
  }

  private escapedCode(): number {
    const char = this.chars[this.at++];
    if (char === undefined) throw this.wrong("trailing backslash");
    if (char === "x") {
      const hex = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.chars.slice(this.at, this.at + 8).join(""));
      if (hex === null) throw this.wrong("invalid escape sequence");
      this.at += hex[0].length;
      return Number.parseInt(hex[1] ?? hex[2]!, 16);
    }
    const control = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 }[char];
    if (control !== undefined) return control;
    if (/^[A-Za-z0-9]$/.test(char)) throw this.wrong(`invalid or unsupported escape sequence \\${char}`);
    return char.codePointAt(0)!;
  }

  private literal(code: number): Test {
    if (!this.ignoresCase) return (candidate) => candidate === code;
    const lower = String.fromCodePoint(code).toLowerCase();
    return (candidate) => candidate === code || String.fromCodePoint(candidate).toLowerCase() === lower;
  }

  private set(): Test {
    const isNegated = this.take("^");
    const tests: Test[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const char = this.chars[this.at];
      if (char === undefined) throw this.wrong("missing closing ]");
      if (char === "]" && !isFirst) break;
      tests.push(this.setItem());
      checkCount(tests.length);
    }
    this.at++;
    return isNegated ? (code) => !tests.some((test) => test(code)) : (code) => tests.some((test) => test(code));
  }

  private setItem(): Test {
    const posix = /^\[:(\w+):\]/.exec(this.chars.slice(this.at, this.at + 12).join(""));
    if (posix !== null) {
      const test = POSIX_SETS[posix[1]!];
      if (test === undefined) throw this.wrong("invalid character class range");
      this.at += posix[0].length;
      return test;
    }
    if (this.take("\\")) {
      const named = this.tryNamedSet();
      if (named !== undefined) return named;
      return this.range(this.escapedCode());
    }
    return this.range(this.chars[this.at++]!.codePointAt(0)!);
  }

  private range(first: number): Test {
    if (this.chars[this.at] !== "-" || this.chars[this.at + 1] === "]" || this.chars[this.at + 1] === undefined)
      return this.literal(first);
    this.at++;
    const last = this.take("\\") ? this.escapedCode() : this.chars[this.at++]!.codePointAt(0)!;
    if (last < first) throw this.wrong("invalid character class range");
    const within: Test = (code) => code >= first && code <= last;
    if (!this.ignoresCase) return within;
    return (code) =>
      within(code) ||
      within(String.fromCodePoint(code).toLowerCase().codePointAt(0)!) ||
      within(String.fromCodePoint(code).toUpperCase().codePointAt(0)!);
  }

  private take(char: string): boolean {
    if (this.chars[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private wrong(reason: string): Error {
    const pattern = JSON.stringify(this.chars.join("").slice(0, 100));
    return badData(`error parsing regexp ${pattern}: ${reason} at character ${this.at}`);
  }
}
