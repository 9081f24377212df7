/**
 * A regular expression that compares whole origins, without state.
 * @throws TypeError when it may match a part only, or has a dot that stands for any character.
 */
export function checkPattern(pattern: RegExp): RegExp {
  const { source } = pattern;
  if (pattern.multiline) throw new TypeError(`${String(pattern)} has the flag m, with which ^ and $ are no ends`);
  for (const branch of splitBranches(source)) {
    if (!branch.startsWith("^") || !/(?:^|[^\\])(?:\\\\)*\$$/.test(branch)) {
      throw new TypeError(
        `${String(pattern)} is not anchored: it would also match inside of other origins, such as https://example.com.evil.test; begin each alternative with ^ and end it with $`,
      );
    }
  }
  if (hasLooseDot(source)) {
    throw new TypeError(
      `${String(pattern)} has a dot that stands for any character, so that it would also match another domain; write \\.`,
    );
  }
  // Without g and y: they would remember where the last origin ended.
  return new RegExp(source, pattern.flags.replaceAll(/[gy]/g, ""));
}

/** The alternatives of the outermost level; of a pattern that is one group as a whole, those inside. */
function splitBranches(source: string): string[] {
  const branches: string[] = [""];
  for (const { text, depth } of readTokens(source)) {
    if (text === "|" && depth === 0) branches.push("");
    else branches[branches.length - 1] += text;
  }
  return branches;
}

/** A dot outside of a class that no quantifier follows: who writes `.*` means it. */
function hasLooseDot(source: string): boolean {
  const tokens = [...readTokens(source)].map(({ text }) => text);
  return tokens.some((text, index) => text === "." && !/^[*+?{]/.test(tokens[index + 1] ?? ""));
}

/** Escapes and classes as one token each. */
function* readTokens(source: string): Iterable<{ text: string; depth: number }> {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if (char === "\\") {
      at++;
      yield { text: char + (source[at] ?? ""), depth };
    } else if (char === "[") {
      const start = at;
      for (at++; at < source.length && source[at] !== "]"; at++) if (source[at] === "\\") at++;
      yield { text: source.slice(start, at + 1), depth };
    } else {
      if (char === ")") depth--;
      yield { text: char, depth };
      if (char === "(") depth++;
    }
  }
}
