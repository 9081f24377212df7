/** Whether a text fits one of the patterns, in which `*` stands for any text and `?` for one character. Never worse than length × length. */
export function matchGlobs(patterns: readonly string[]): ((text: string) => boolean) | undefined {
  if (patterns.length === 0) return undefined;
  return (text) => patterns.some((pattern) => matchGlob(pattern, text));
}

function matchGlob(pattern: string, text: string): boolean {
  let at = 0;
  let patternAt = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const char = pattern[patternAt];
    if (char === "*") {
      star = patternAt++;
      starAt = at;
    } else if (char === "?" || char === text[at]) {
      patternAt++;
      at++;
    } else if (star === -1) return false;
    else {
      // The last star takes one character more.
      patternAt = star + 1;
      at = ++starAt;
    }
  }
  while (pattern[patternAt] === "*") patternAt++;
  return patternAt === pattern.length;
}
