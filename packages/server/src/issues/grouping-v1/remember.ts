const MAX_KEY_CHARACTERS = 1024;

/** Keeps the last results of a pure function of one text; forgets all of them when there are `max`, so that no stranger fills the memory. */
export function remember<T>(max: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (text.length > MAX_KEY_CHARACTERS) return compute(text);
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = compute(text);
    if (known.size >= max) known.clear();
    known.set(text, result);
    return result;
  };
}
