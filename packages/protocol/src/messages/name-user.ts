export const ANONYMOUS = "Anonymous";

/** Who it was, for people: absent, null and empty values are nobody's. */
export function nameUser(value: string | number | null | undefined): string {
  return value === null || value === undefined ? ANONYMOUS : String(value).trim() || ANONYMOUS;
}
