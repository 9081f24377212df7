/** Whether a status is one of a list such as `401`, `5xx`; undefined for an empty list. */
export function matchStatus(statuses: readonly string[]): ((status: number) => boolean) | undefined {
  if (statuses.length === 0) return undefined;
  const classes = new Set(statuses.filter((text) => text.endsWith("xx")).map((text) => Number(text[0])));
  const single = new Set(statuses.filter((text) => !text.endsWith("xx")).map(Number));
  return (status) => single.has(status) || classes.has(Math.floor(status / 100));
}
