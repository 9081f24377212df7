/** The text without what is invisible or would be obeyed (control, format and private characters), cut between characters to `max`. */
export function cleanText(text: string, max: number): string {
  const clean = text
    .slice(0, max * 4)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu, (run) => (run === "\n" ? run : " "));
  if (clean.length <= max) return clean;
  const head = clean.slice(0, max - 1);
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`;
}

/** As `cleanText`, and in one line: for subjects, headers and fields. */
export function cleanLine(text: string, max: number): string {
  return cleanText(text.slice(0, max * 4).replaceAll(/[\r\n]+/g, " "), max);
}
