const METHODS_WITH_BODY = new Set(["POST", "PUT", "PATCH"]);
const TEXT_TYPES =
  /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|yaml)\b|application\/(?:x-www-form-urlencoded|x-ndjson|graphql)\b)/i;

/** Whether a request's body is text worth keeping for an error's context. */
export function isKeptText(method: string, encoding: string | undefined, type: string | undefined): boolean {
  if (!METHODS_WITH_BODY.has(method) || (encoding !== undefined && encoding !== "identity")) return false;
  return TEXT_TYPES.test(type ?? "");
}
