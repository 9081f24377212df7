/** Values by request path: exact ones before prefixes, longer prefixes before shorter ones. */
export class PathTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #prefixes: { prefix: string; value: T }[] = [];

  /** Patterns are paths; a `*` at the end stands for any rest. */
  constructor(entries: Iterable<readonly [pattern: string, value: T]>) {
    for (const [pattern, value] of entries) {
      if (pattern.endsWith("*")) this.#prefixes.push({ prefix: pattern.slice(0, -1), value });
      else this.#exact.set(pattern, value);
    }
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  find(path: string): T | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    for (const { prefix, value } of this.#prefixes) if (path.startsWith(prefix)) return value;
    return undefined;
  }
}

/** Whether a request target's path is one of the patterns: exact, or up to a `*` at the end. */
export function matchPaths(patterns: readonly string[]): (target: string) => boolean {
  const table = new PathTable(patterns.map((pattern) => [pattern, true] as const));
  return (target) => {
    const query = target.indexOf("?");
    return table.find(query === -1 ? target : target.slice(0, query)) === true;
  };
}

/** @throws TypeError when `pattern` can match no path. */
export function checkPathPattern(pattern: unknown): string {
  if (typeof pattern !== "string" || !/^\/[\u0021-\u007e]*$/.test(pattern)) {
    throw new TypeError(`${JSON.stringify(pattern)} is no path; paths begin with "/" and are percent-encoded`);
  }
  if (pattern.includes("?") || pattern.includes("#")) {
    throw new TypeError(`${JSON.stringify(pattern)} has a query or a fragment, which no path has`);
  }
  const star = pattern.indexOf("*");
  if (star !== -1 && star !== pattern.length - 1) {
    throw new TypeError(`${JSON.stringify(pattern)} has a "*" that is not at its end`);
  }
  return pattern;
}
