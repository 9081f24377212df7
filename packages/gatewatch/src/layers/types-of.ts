const MAX_DEPTH = 10;
const MAX_NAME = 100;

/** What an exception says of itself: its name, then the classes that it comes from. */
export function typesOf(error: unknown): string[] {
  const names: string[] = [];
  try {
    if (typeof error !== "object" || error === null) return [typeof error];
    const { name } = error as { name?: unknown };
    if (typeof name === "string" && name !== "") names.push(name.slice(0, MAX_NAME));
    let prototype: unknown = Object.getPrototypeOf(error);
    for (let depth = 0; depth < MAX_DEPTH && typeof prototype === "object" && prototype !== null; depth++) {
      const made = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
      if (typeof made === "string" && made !== "" && made !== "Object") names.push(made.slice(0, MAX_NAME));
      prototype = Object.getPrototypeOf(prototype);
    }
  } catch {
    // A hostile object: what was read so far is all there is.
  }
  return names.length === 0 ? ["object"] : names;
}

/** The type by which an exception is counted and shown. */
export function typeOf(error: unknown): string {
  const types = typesOf(error);
  // A class of the app's own often forgets to set `name`.
  return (types[0] === "Error" ? types[1] : undefined) ?? types[0]!;
}
