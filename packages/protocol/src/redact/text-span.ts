import { REDACTED } from "./redactor.ts";

/** Where a secret stands in a text: `[start, end)`. */
export type Span = [start: number, end: number];

/** The text with every span replaced by `REDACTED`; overlapping spans become one. */
export function replaceSpans(text: string, spans: Span[]): string {
  if (spans.length === 0) return text;
  if (spans.length > 1) spans.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let clean = "";
  let from = 0;
  let index = 0;
  while (index < spans.length) {
    const start = spans[index]![0];
    let end = spans[index]![1];
    for (index++; index < spans.length && spans[index]![0] < end; index++) end = Math.max(end, spans[index]![1]);
    if (text.startsWith(REDACTED, start) && end === start + REDACTED.length) continue;
    clean += text.slice(from, start) + REDACTED;
    from = end;
  }
  return from === 0 ? text : clean + text.slice(from);
}
