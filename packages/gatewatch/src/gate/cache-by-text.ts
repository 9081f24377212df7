/** Longer texts come from strangers, and seldom twice. */
const MAX_TEXT = 512;

/** Keeps the results for texts that come again, such as user agents, paths and `Accept-Encoding`; bounded by starting afresh. */
export function cacheByText<T>(make: (text: string) => T, maxEntries = 256): (text: string) => T {
  let known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    if (known.size >= maxEntries) known = new Map();
    if (text.length <= MAX_TEXT) known.set(text, made);
    return made;
  };
}
