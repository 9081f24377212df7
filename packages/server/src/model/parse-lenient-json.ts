const LITERALS = ["-Infinity", "Infinity", "NaN"];

/** JSON as Python writes it: `NaN` and `Infinity` outside strings become null. @throws SyntaxError when it is no JSON even so. */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = replaceLiterals(text);
    if (repaired === undefined) throw error;
    return JSON.parse(repaired);
  }
}

/** Undefined when there was nothing to replace. */
function replaceLiterals(text: string): string | undefined {
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at + 1);
    else if (char === "N" || char === "I" || char === "-") {
      const literal = LITERALS.find((word) => text.startsWith(word, at));
      if (literal === undefined) at++;
      else {
        parts.push(text.slice(from, at), "null");
        at += literal.length;
        from = at;
      }
    } else at++;
  }
  return parts.length === 0 ? undefined : parts.join("") + text.slice(from);
}

/** Position behind the closing quote. */
function endOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
