/** Statuses as options give them: `404`, `"5xx"`, `"400-499"`. */
export type StatusPattern = number | string;

const MIN = 100;
const MAX = 599;

/** Which statuses belong to a set; one look a request. */
export class StatusSet {
  readonly #members = new Uint8Array(MAX + 1);

  /** @throws TypeError for a pattern that is none. */
  constructor(patterns: readonly StatusPattern[]) {
    for (const pattern of patterns) {
      const [from, to] = parseStatusRange(pattern);
      this.#members.fill(1, from, to + 1);
    }
  }

  has(status: number): boolean {
    return this.#members[status] === 1;
  }

  list(): number[] {
    return [...this.#members.keys()].filter((status) => this.has(status));
  }
}

/** The first and the last status of a pattern. @throws TypeError */
export function parseStatusRange(pattern: unknown): [number, number] {
  const text = typeof pattern === "number" ? String(pattern) : typeof pattern === "string" ? pattern.trim() : "";
  const [, single, hundred, from, to] = /^(?:([1-5]\d\d)|([1-5])xx|([1-5]\d\d)\s*-\s*([1-5]\d\d))$/i.exec(text) ?? [];
  if (single !== undefined) return [Number(single), Number(single)];
  if (hundred !== undefined) return [Number(hundred) * 100, Number(hundred) * 100 + 99];
  if (from !== undefined && to !== undefined && Number(from) <= Number(to)) return [Number(from), Number(to)];
  throw new TypeError(
    `${JSON.stringify(pattern) ?? typeof pattern} is no status from ${MIN} to ${MAX}, class or range`,
  );
}
