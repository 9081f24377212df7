import type { FastifyRequest } from "fastify";
import type { CookiePlace } from "../../auth/session-cookie.ts";

/** How the browser reached us: over HTTPS when the connection, a trusted proxy or the owner's own address says so. */
export function placeOf(request: FastifyRequest, publicUrl: string | null): CookiePlace {
  return {
    secure: request.protocol === "https" || isPublicHttps(publicUrl, request.headers.host),
    port: request.raw.socket.localPort ?? 0,
  };
}

/** `https://host` of the owner's address; null when there is none. */
export function originOf(publicUrl: string | null): string | null {
  return publicUrl === null ? null : new URL(publicUrl).origin;
}

function isPublicHttps(publicUrl: string | null, host: string | undefined): boolean {
  if (publicUrl === null) return false;
  const url = new URL(publicUrl);
  return url.protocol === "https:" && url.host === host;
}
