import { ApiError } from "../model/api-error.ts";

/** Headers that tell which site made a browser send a request. */
export interface OriginHeaders {
  host: string | undefined;
  origin: string | undefined;
  secFetchSite: string | undefined;
}

/**
 * Throws `forbidden` unless the browser says that our own pages made this write: a cookie alone proves no intent.
 * Rule: Fetch Metadata first, else `Origin` against `Host`; a request with neither is refused.
 */
export function checkOrigin(headers: OriginHeaders, place: { secure: boolean; publicOrigin: string | null }): void {
  if (headers.secFetchSite !== undefined && headers.secFetchSite !== "same-origin") refuse(headers.secFetchSite);
  if (headers.origin !== undefined) {
    const ours = `${place.secure ? "https" : "http"}://${headers.host ?? ""}`;
    if (headers.origin !== ours && headers.origin !== place.publicOrigin) refuse(headers.origin);
    return;
  }
  if (headers.secFetchSite === undefined) refuse("neither Origin nor Sec-Fetch-Site");
}

function refuse(found: string): never {
  throw new ApiError(
    "forbidden",
    `This write came from elsewhere (${found.slice(0, 100)}), but with a session only the dashboard's own pages may write. Use a token for scripts.`,
  );
}
