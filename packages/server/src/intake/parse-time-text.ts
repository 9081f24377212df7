const ZONE = /(?:z|[+-]\d{2}:?\d{2})$/i;

/** Epoch milliseconds of RFC 3339, with a blank for the T too; without a zone it is UTC. NaN when it is none. */
export function parseTimeText(text: string): number {
  return Date.parse(ZONE.test(text) ? text : `${text.replace(" ", "T")}Z`);
}
