const ENDPOINT = /\/api\/(\d{1,15})\/(envelope|store|security)\/?$/;

/**
 * The address of an endpoint of this language behind a proxy's path and with doubled slashes, as clients make it of a DSN with a path;
 * any other address as it came.
 */
export function normaliseSentryUrl(url: string): string {
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  if (!/(?:envelope|store|security)\/*$/.test(path.slice(-32))) return url;
  const found = ENDPOINT.exec(path.replaceAll(/\/{2,}/g, "/"));
  if (found === null) return url;
  return `/api/${found[1]!}/${found[2]!}/${mark === -1 ? "" : url.slice(mark)}`;
}
