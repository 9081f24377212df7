import { remember } from "./remember.ts";

const MAX_INPUT_CHARACTERS = 1024;
const MAX_LINES = 2;

// Every quantifier is bounded or runs over a class that its neighbour excludes, so that matching stays linear.
const PARAMETERS: [name: string, pattern: string][] = [
  ["email", String.raw`[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}`],
  ["url", String.raw`\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s'"<>()]+`],
  [
    "date",
    String.raw`\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?\b|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d{1,2} [A-Z][a-z]{2}|[A-Z][a-z]{2} \d{1,2}) \d{4}(?: \d\d:\d\d:\d\d)?(?: ?(?:GMT|UTC)(?:[+-]\d{4})?)?|\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b|\b\d\d:\d\d:\d\d(?:\.\d{1,9})?\b`,
  ],
  ["uuid", String.raw`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`],
  [
    "ip",
    String.raw`\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b|\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b|(?<![\w:])(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?(?![\w:])`,
  ],
  ["hex", String.raw`\b0[xX][0-9a-fA-F]+\b`],
  [
    "hash",
    String.raw`\b(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{8,128}\b|\b(?=[A-F]{0,64}\d)(?=\d{0,64}[A-F])[0-9A-F]{8,128}\b`,
  ],
  [
    "duration",
    String.raw`(?<![\w.])\d+(?:\.\d+)? ?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|mins|minutes?|h|hrs?|hours?|days?)\b`,
  ],
  ["assigned", String.raw`(?<==\s?)(?:"[^"]*"|'[^']*'|true\b|false\b)`],
  ["float", String.raw`(?<![\w.])-?\d+\.\d+(?:[eE][+-]?\d{1,3})?(?![\w.])`],
  ["int", String.raw`(?<![\w$])-?\d+(?![\w$])`],
];

const MAY_HAVE_PARAMETER = /[\d@=]|:\/\/|::/;

/** Signs without which a text cannot hold the parameters named: looking for those would be most of the work. */
const SIGNS: [sign: RegExp, names: string[]][] = [
  [/@/, ["email"]],
  [/:\/\//, ["url"]],
  [/=/, ["assigned"]],
  [/[\da-fA-F][.:/-][\da-fA-F:]|::|Mon|Tue|Wed|Thu|Fri|Sat|Sun/, ["date", "uuid", "ip", "float"]],
  [/[\da-fA-F]{8}|0[xX]/, ["hex", "hash"]],
];

/** One pattern for each set of signs, built on first use. */
const patterns: (RegExp | undefined)[] = [];

/** Matches the same as a pattern of all parameters would in this text. */
function patternFor(text: string): RegExp {
  let signs = 0;
  for (const [index, [sign]] of SIGNS.entries()) if (sign.test(text)) signs |= 1 << index;
  return (patterns[signs] ??= buildPattern(signs));
}

function buildPattern(signs: number): RegExp {
  const absent = new Set(SIGNS.flatMap(([, names], index) => ((signs & (1 << index)) === 0 ? names : [])));
  const present = PARAMETERS.filter(([name]) => !absent.has(name));
  return new RegExp(present.map(([name, pattern]) => `(?<${name}>${pattern})`).join("|"), "g");
}

/** The runtime quotes the input itself in these; the words that remain say all there is to say. */
const QUOTED_INPUT: [RegExp, string][] = [
  [/^Unexpected (?:token|string|number|identifier)\b[\s\S]* is not valid JSON$/, "Unexpected token in JSON"],
  [/^Unexpected (?:non-whitespace character|end of JSON input)[\s\S]*$/, "Unexpected end or text in JSON"],
  [/^(?:Expected|Bad|Unterminated)\b[\s\S]* in JSON at position[\s\S]*$/, "Unexpected token in JSON"],
];

/**
 * Replaces what varies between two occurrences of one error (addresses, ids, times, numbers) by `<name>`.
 * Reads the first two non-blank lines and at most 1,024 characters.
 */
export function parameteriseMessage(message: string): string {
  const template = templateOf(message.slice(0, MAX_INPUT_CHARACTERS));
  return message.length > MAX_INPUT_CHARACTERS && !template.endsWith("...") ? `${template}...` : template;
}

const MAX_REMEMBERED = 1024;
const templateOf = remember(MAX_REMEMBERED, (head: string): string => {
  for (const [pattern, template] of QUOTED_INPUT) if (pattern.test(head)) return template;
  const lines = head.split("\n").filter((line) => line.trim() !== "");
  const text = lines
    .slice(0, MAX_LINES)
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .join("\n");
  const template = MAY_HAVE_PARAMETER.test(text) ? text.replaceAll(patternFor(text), nameOfMatch) : text;
  return lines.length > MAX_LINES ? `${template}...` : template;
});

function nameOfMatch(...args: unknown[]): string {
  const groups = args.at(-1) as Record<string, string | undefined>;
  for (const [name] of PARAMETERS) if (groups[name] !== undefined) return `<${name}>`;
  return String(args[0]);
}
