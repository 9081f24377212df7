/** One line of numbers, as a reader of Prometheus's text sees it. */
export interface ReadSample {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar: { labels: Record<string, string>; value: number; time: number | undefined } | undefined;
}

export interface ReadFamily {
  type: string | undefined;
  help: string | undefined;
  unit: string | undefined;
  samples: ReadSample[];
}

const NAME = /[A-Za-z_:][\w:]*/y;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,?)/y;
const NUMBER = /[+-]?(?:Inf|NaN|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/y;

/** A strict reader of both text formats, for tests. @throws Error at the first line that is not well-formed. */
export function parseExposition(text: string, isOpenMetrics: boolean): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line has no end");
  if (isOpenMetrics && lines.pop() !== "# EOF") throw new Error("no # EOF at the end");
  let current = "";
  for (const line of lines) {
    if (line.startsWith("#")) current = readComment(line, families);
    else {
      const sample = readSample(line, isOpenMetrics);
      if (!sample.name.startsWith(current)) throw new Error(`${sample.name} stands under ${current}`);
      families.get(current)?.samples.push(sample);
    }
  }
  return families;
}

function readComment(line: string, families: Map<string, ReadFamily>): string {
  const match = /^# (HELP|TYPE|UNIT) ([A-Za-z_:][\w:]*) (.*)$/.exec(line);
  if (match === null) throw new Error(`no comment: ${line}`);
  const [, kind, name = "", rest = ""] = match;
  const family = families.get(name) ?? { type: undefined, help: undefined, unit: undefined, samples: [] };
  if (family.samples.length > 0) throw new Error(`${name} comes twice`);
  families.set(name, family);
  const key = kind === "HELP" ? "help" : kind === "TYPE" ? "type" : "unit";
  if (family[key] !== undefined) throw new Error(`${name} has its ${key} twice`);
  family[key] = key === "help" ? unescape(rest) : rest;
  return name;
}

function readSample(line: string, isOpenMetrics: boolean): ReadSample {
  const cursor = { line, at: 0 };
  const name = take(cursor, NAME)[0];
  const labels = readLabels(cursor);
  expectText(cursor, " ");
  const value = readNumber(cursor);
  if (cursor.at === line.length) return { name, labels, value, exemplar: undefined };
  if (!isOpenMetrics) throw new Error(`more behind the value: ${line}`);
  expectText(cursor, " # ");
  const own = readLabels(cursor);
  expectText(cursor, " ");
  const exemplar = { labels: own, value: readNumber(cursor), time: undefined as number | undefined };
  if (cursor.at < line.length) {
    expectText(cursor, " ");
    exemplar.time = readNumber(cursor);
  }
  if (cursor.at < line.length) throw new Error(`more behind the exemplar: ${line}`);
  return { name, labels, value, exemplar };
}

interface Cursor {
  line: string;
  at: number;
}

function readLabels(cursor: Cursor): Record<string, string> {
  const labels: Record<string, string> = {};
  if (cursor.line[cursor.at] !== "{") return labels;
  cursor.at++;
  while (cursor.line[cursor.at] !== "}") {
    const [, name = "", value = "", comma] = take(cursor, LABEL);
    if (Object.hasOwn(labels, name)) throw new Error(`the label ${name} comes twice: ${cursor.line}`);
    labels[name] = unescape(value);
    if (comma === "" && cursor.line[cursor.at] !== "}") throw new Error(`no comma: ${cursor.line}`);
  }
  cursor.at++;
  return labels;
}

function readNumber(cursor: Cursor): number {
  const text = take(cursor, NUMBER)[0];
  return Number(text.replace("Inf", "Infinity"));
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.line);
  if (match === null) throw new Error(`not well-formed at ${cursor.at}: ${cursor.line}`);
  cursor.at = pattern.lastIndex;
  return match;
}

function expectText(cursor: Cursor, text: string): void {
  if (!cursor.line.startsWith(text, cursor.at)) throw new Error(`no "${text}" at ${cursor.at}: ${cursor.line}`);
  cursor.at += text.length;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_all, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
