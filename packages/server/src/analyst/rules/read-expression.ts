/** An access that failed: which expression was `undefined` or `null`, and what was wanted of it. */
export interface FailedAccess {
  value: "undefined" | "null";
  property: string;
  /** As in the source; null when the line is not known or shows more than one. */
  expression: string | null;
}

const ACCESS =
  /^Cannot (?:read|set) propert(?:y|ies) (?:'([^']{1,100})' )?of (undefined|null)(?: \((?:reading|setting) '([^']{1,100})'\))?/;
const DESTRUCTURE = /^Cannot destructure property '([^']{1,100})' of '([^']{1,200})' as it is (undefined|null)/;

/** Reads V8's words for a null access and finds the culprit in the line of source; `column` counts from 1. */
export function readFailedAccess(message: string, line: string | undefined, column?: number): FailedAccess | undefined {
  const destructured = DESTRUCTURE.exec(message);
  if (destructured !== null)
    return { value: toValue(destructured[3]), property: destructured[1]!, expression: destructured[2]! };
  const match = ACCESS.exec(message);
  const property = match?.[3] ?? match?.[1];
  if (match === null || property === undefined) return undefined;
  return { value: toValue(match[2]), property, expression: findOwner(line ?? "", property, column) };
}

function toValue(text: string | undefined): FailedAccess["value"] {
  return text === "null" ? "null" : "undefined";
}

/** The expression before `.property` or `[…property…]`; null unless one and only one fits, or the column tells which. */
function findOwner(line: string, property: string, column: number | undefined): string | null {
  if (line.length > 500) return null;
  const accesses = [
    ...line.matchAll(new RegExp(`(?:\\.${escape(property)}(?![\\w$])|\\[['"]?${escape(property)}['"]?\\])`, "g")),
  ];
  const chosen = accesses.filter((access) => {
    if (column === undefined) return true;
    // V8 points at the property's first letter.
    return access.index <= column - 1 && column - 1 <= access.index + access[0].length;
  });
  const owners = new Set((chosen.length > 0 ? chosen : accesses).map((access) => readBackwards(line, access.index)));
  const [owner] = owners;
  return owners.size === 1 && owner ? owner : null;
}

const OPENING: Record<string, string> = { ")": "(", "]": "[" };

/** Walks left over names, dots and balanced brackets: `a.b(c)[0]` in one step each. */
function readBackwards(line: string, end: number): string {
  let at = end - 1;
  while (at >= 0) {
    const character = line[at]!;
    if (/[\w$.?!]/.test(character)) {
      at -= 1;
      continue;
    }
    const opening = OPENING[character];
    if (opening === undefined) break;
    let depth = 1;
    at -= 1;
    while (at >= 0 && depth > 0) {
      if (line[at] === character) depth += 1;
      if (line[at] === opening) depth -= 1;
      at -= 1;
    }
    if (depth > 0) return "";
  }
  return line.slice(at + 1, end).replaceAll(/^[.?!]+|[?!]+$/g, "");
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
