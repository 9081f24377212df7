/** Keeps the results for texts that come again, such as user agents and paths; bounded by starting afresh. */
export function cacheByText(make: (text: string) => string, maxEntries: number): (text: string) => string {
  let known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    if (known.size >= maxEntries) known = new Map();
    if (text.length <= 512) known.set(text, made);
    return made;
  };
}
