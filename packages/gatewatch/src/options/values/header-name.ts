/** RFC 9110, section 5.6.2; longer names are nobody's. */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

/** In lower case. @throws TypeError for what is no name of a header */
export function parseHeaderName(item: unknown): string {
  const name = typeof item === "string" ? item.trim().toLowerCase() : "";
  if (HEADER_NAME.test(name)) return name;
  throw new TypeError(`${JSON.stringify(item)} is no name of a header`);
}
