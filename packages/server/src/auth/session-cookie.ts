/** Where a request reached us, as far as cookies care. */
export interface CookiePlace {
  /** True when the browser came over HTTPS. */
  secure: boolean;
  /** Our own port, which keeps two servers on one machine apart. */
  port: number;
}

/** `__Host-gatewatch` on HTTPS; on plain loopback, where browsers refuse that prefix, a name with the port. */
function nameSessionCookie(place: CookiePlace): string {
  return place.secure ? "__Host-gatewatch" : `gatewatch_${place.port}`;
}

/** A `Set-Cookie` value; `maxAgeSeconds` 0 removes the cookie. */
export function formatSessionCookie(place: CookiePlace, value: string, maxAgeSeconds: number): string {
  const flags = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`;
  return `${nameSessionCookie(place)}=${value}; ${flags}${place.secure ? "; Secure" : ""}`;
}

/** The session's secret in a `Cookie` header; null when there is none of the right form. */
export function readSessionCookie(place: CookiePlace, header: string | undefined): string | null {
  if (header === undefined) return null;
  const name = nameSessionCookie(place);
  for (const pair of header.split(";")) {
    const split = pair.indexOf("=");
    if (split < 0 || pair.slice(0, split).trim() !== name) continue;
    const value = pair.slice(split + 1).trim();
    return /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
  }
  return null;
}
