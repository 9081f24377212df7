import type { LabelValue } from "../gate/instruments.ts";

/** Characters of a label's value; longer ones are cut off. */
export const MAX_LABEL_CHARS = 128;

// oxlint-disable-next-line no-control-regex -- finding them is what it is for
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** Status codes and the like as text, made once. */
const SMALL_NUMBERS: readonly string[] = Array.from({ length: 600 }, (_, number) => String(number));

/** How a value is looked up; short texts are as they are. */
export function toLabelKey(value: LabelValue): string {
  if (typeof value === "number") return SMALL_NUMBERS[value] ?? String(value);
  if (value === undefined || value === null) return "";
  // Whatever an app hands in: a `toString` of its own may throw.
  const text = typeof value === "string" ? value : typeof value === "object" ? "[object]" : String(value);
  return text.length > MAX_LABEL_CHARS ? text.slice(0, MAX_LABEL_CHARS) : text;
}

/** How a value is kept: without control characters but the line feed, and without halves of characters. */
export function toLabelText(key: string): string {
  return key.replaceAll(CONTROLS, "\ufffd").toWellFormed();
}

/** As a label's value in quotes, in both formats. */
export function escapeLabel(text: string): string {
  return text.includes("\\") || text.includes('"') || text.includes("\n")
    ? text
        .replaceAll("\\", String.raw`\\`)
        .replaceAll('"', String.raw`\"`)
        .replaceAll("\n", String.raw`\n`)
    : text;
}

/** As the text behind `# HELP`: OpenMetrics escapes quotes too. */
export function escapeHelp(text: string, isOpenMetrics: boolean): string {
  const clean = toLabelText(text);
  return isOpenMetrics ? escapeLabel(clean) : clean.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`);
}
