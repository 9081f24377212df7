/** As minifiers name what they can: other letters with each build. */
const MINIFIED = /^[A-Za-z_$][\w$]?\d?$/;
const IDENTIFIER = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;
const DECORATION = /^(?:async |new )+| \[as [^\]]*\]$/g;

/**
 * What a function is called in the source: what the stack says, unless that is a minifier's name; else what its caller's source calls it.
 * Undefined when nobody says. `callee` is the name in the map where the caller stands.
 */
export function nameFunction(given: string | undefined, callee: string | null): string | undefined {
  const parts = (given ?? "").replaceAll(DECORATION, "").split(".");
  const last = parts.pop() ?? "";
  if (last !== "" && !MINIFIED.test(last)) return [...parts.filter((part) => !MINIFIED.test(part)), last].join(".");
  return callee !== null && IDENTIFIER.test(callee) ? callee : undefined;
}
