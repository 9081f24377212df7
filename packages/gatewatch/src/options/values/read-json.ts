/** A table written as JSON in the environment; an empty text is null. What is no JSON stays a text, and is refused as one. */
export function readJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
