const VERSION =
  /^(?:.{0,100}@)?v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]{1,100}))?(?:\+.*)?$/;

/**
 * Orders two releases: by Semantic Versioning 2.0 where both are versions (`1.4.0`, `shop@v2.0.0-rc.1`), else by the order in which
 * they were first seen. Returns a negative number when `a` is older, undefined when nothing tells.
 */
export function compareReleases(a: string, b: string, firstSeenOrder: string[]): number | undefined {
  if (a === b) return 0;
  const left = VERSION.exec(a);
  const right = VERSION.exec(b);
  if (left !== null && right !== null) return compareVersions(left, right);
  const leftAt = firstSeenOrder.indexOf(a);
  const rightAt = firstSeenOrder.indexOf(b);
  return leftAt < 0 || rightAt < 0 ? undefined : leftAt - rightAt;
}

function compareVersions(left: RegExpExecArray, right: RegExpExecArray): number {
  for (let part = 1; part <= 4; part++) {
    const difference = Number(left[part] ?? 0) - Number(right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePrereleases(left[5], right[5]);
}

function comparePrereleases(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  const rights = right.split(".");
  const lefts = left.split(".");
  for (let index = 0; index < Math.max(lefts.length, rights.length); index++) {
    const a = lefts[index];
    const b = rights[index];
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    const difference = compareIdentifiers(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = [a, b].map((text) => /^\d{1,15}$/.test(text));
  if (numeric[0] && numeric[1]) return Number(a) - Number(b);
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
