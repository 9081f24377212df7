/** The last row of a page: the value it was sorted by, and its id. */
export interface Cursor {
  value: number;
  id: string;
}

export function toCursor(value: number, id: string): string {
  return Buffer.from(JSON.stringify([value, id])).toString("base64url");
}

/** Reads a cursor; one that nobody gave, or that is no cursor of ours, starts from the beginning. */
export function parseCursor(text: string | undefined): Cursor | null {
  if (text === undefined || text.length > 1_000) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (!Array.isArray(parsed)) return null;
    const [value, id] = parsed as unknown[];
    return Number.isSafeInteger(value) && typeof id === "string" ? { value: value as number, id } : null;
  } catch {
    return null;
  }
}
