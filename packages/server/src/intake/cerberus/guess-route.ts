const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER = /^\d+$/;
const HEX = /^(?=.*\d)[0-9a-f]{12,}$/i;
const LONGEST_NAME = 40;
const MAX_LENGTH = 256;

/**
 * The route that a path probably belongs to: segments that can only be ids become `:id`. Clients of this language do not tell their
 * routes, and without any a screen by route would have a row for each path.
 */
export function guessRoute(path: string): string {
  const segments = path.slice(0, MAX_LENGTH).split("/");
  return segments.map((segment) => (isId(segment) ? ":id" : segment)).join("/");
}

function isId(segment: string): boolean {
  return NUMBER.test(segment) || UUID.test(segment) || HEX.test(segment) || segment.length > LONGEST_NAME;
}
