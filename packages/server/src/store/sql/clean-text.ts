/** PostgreSQL refuses U+0000 in text; both engines store U+FFFD in its place, so that they hold the same. */
export function cleanText(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}
