/**
 * Takes out of a stranger's text what is invisible or reorders what is seen (control, zero-width, bidirectional and private characters,
 * lone surrogates) and cuts it to `max` characters.
 */
export function cleanText(text: string, max: number): string {
  const clean = text
    .slice(0, max * 2)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, (character) =>
      character === "\n" || character === "\t" ? character : "",
    );
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
