/** Keys to actions: `j`, `Enter`, `Space`, or a sequence as `g o`. */
export type KeyMap = Record<string, () => void>;

const SEQUENCE_MS = 1200;

/** Follows what is typed and finds the action; `at` is any clock in milliseconds. */
export function createKeyReader(): (keys: KeyMap, key: string, at: number) => (() => void) | undefined {
  let first = "";
  let firstAt = -Infinity;
  return (keys, key, at) => {
    const sequence = at - firstAt <= SEQUENCE_MS && first !== "" ? `${first} ${key}` : "";
    first = "";
    if (sequence && keys[sequence]) return keys[sequence];
    if (Object.keys(keys).some((name) => name.startsWith(`${key} `))) {
      first = key;
      firstAt = at;
      return undefined;
    }
    return sequence && key.length === 1 ? undefined : keys[key];
  };
}
