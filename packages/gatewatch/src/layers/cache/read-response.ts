import type { StoredLine } from "../../state/response-store.ts";
import { type Directives, NO_DIRECTIVES, parseCacheControl } from "./parse-cache-control.ts";
import { tryParseTargetedField } from "./parse-targeted-field.ts";

/** A response's head while it is judged: its lines, and its fields by lower-case name, repeated lines joined. */
export interface ResponseFacts {
  readonly status: number;
  readonly lines: readonly StoredLine[];
  /** Undefined when the field is absent. */
  get(name: string): string | undefined;
  readonly directives: Directives;
  /** Whether a field aimed at shared caches took the place of `Cache-Control` and `Expires`. */
  readonly isTargeted: boolean;
}

/** Reads the fields that aim at this cache first (RFC 9213). */
const TARGETED_FIELD = "cdn-cache-control";

export function readResponse(status: number, lines: Iterable<StoredLine>): ResponseFacts {
  const kept: StoredLine[] = [];
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [name, value] = line;
    kept.push(line);
    const key = name.toLowerCase();
    const text = typeof value === "string" ? value : value.join(", ");
    const former = fields.get(key);
    fields.set(key, former === undefined ? text : `${former}, ${text}`);
  }
  const targetedField = fields.get(TARGETED_FIELD);
  const targeted = targetedField === undefined ? undefined : tryParseTargetedField(targetedField);
  const field = fields.get("cache-control");
  return {
    status,
    lines: kept,
    get: (name) => fields.get(name),
    directives: targeted ?? (field === undefined ? NO_DIRECTIVES : parseCacheControl(field)),
    isTargeted: targeted !== undefined,
  };
}
