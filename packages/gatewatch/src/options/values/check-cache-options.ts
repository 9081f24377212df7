import { ConfigError } from "../config-error.ts";
import type { CacheOptions } from "../groups/cache.ts";

/** RFC 9651, section 3.3.4. */
const TOKEN = /^[A-Za-z*][\w!#$%&'*+\-.^`|~:/]{0,99}$/;
/** RFC 9110, section 5.6.2. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

/** @throws ConfigError for options that would show one user's answers to others, or that no header can carry. */
export function checkCacheOptions({ routes, keyHeaders, name }: CacheOptions): void {
  for (const [path, rule] of Object.entries(routes ?? {})) {
    if (path !== "/*" || typeof rule === "number" || rule.ignoreCookies !== true) continue;
    throw new ConfigError(
      "unsafe_option",
      "cache.routes",
      'cache.routes: "/*" with ignoreCookies would show every page that was made for one user to all others. Name the paths whose answers are the same for everybody.',
    );
  }
  for (const header of keyHeaders) {
    if (HEADER_NAME.test(header)) continue;
    const message = `cache.keyHeaders has ${JSON.stringify(header)}; allowed is a list of header names.`;
    throw new ConfigError("invalid_option", "cache.keyHeaders", message);
  }
  if (TOKEN.test(name)) return;
  const message = `cache.name is ${JSON.stringify(name)}; allowed is a token such as "gatewatch".`;
  throw new ConfigError("invalid_option", "cache.name", message);
}
