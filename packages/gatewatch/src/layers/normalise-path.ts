const SLASH = 0x2f;

/**
 * The path as frameworks may see it, so that another spelling of a limited route is no way around its limit: without case, percent-encoded
 * letters, doubled, trailing and backward slashes, and without the origin of an absolute target. Most paths come back as they are.
 */
export function normalisePath(path: string): string {
  return isPlain(path) ? path : rewrite(path);
}

/** Lower-case letters, digits and single slashes, none at the end. */
function isPlain(path: string): boolean {
  if (path.charCodeAt(0) !== SLASH) return false;
  let previous = 0;
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code === SLASH) {
      if (previous === SLASH) return false;
    } else if (code === 0x25 || code === 0x23 || code === 0x5c || (code >= 0x41 && code <= 0x5a) || code > 0x7e) {
      return false;
    }
    previous = code;
  }
  return previous !== SLASH || path.length === 1;
}

function rewrite(target: string): string {
  let path = target;
  if (!path.startsWith("/")) path = path.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, "");
  const fragment = path.indexOf("#");
  if (fragment !== -1) path = path.slice(0, fragment);
  path = path
    .replaceAll(/%[\da-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
    .replaceAll("\\", "/")
    .replaceAll(/\/{2,}/g, "/")
    .toLowerCase();
  if (path.length > 1 && path.endsWith("/")) path = path.slice(0, -1);
  return path === "" ? "/" : path;
}
