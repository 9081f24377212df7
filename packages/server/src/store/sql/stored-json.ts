/** Reads JSON that the store itself wrote; the caller names the type that it wrote there. */
export function parseJson<T>(text: string): T {
  return JSON.parse(text) as T;
}
