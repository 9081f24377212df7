/** What Next throws to steer itself: redirects, 404s, the marks of static rendering. None of them is a failure. */
const CONTROL_FLOW = [
  "NEXT_REDIRECT",
  "NEXT_NOT_FOUND",
  "NEXT_HTTP_ERROR_FALLBACK",
  "NEXT_PRERENDER_INTERRUPTED",
  "NEXT_STATIC_GEN_BAILOUT",
  "DYNAMIC_SERVER_USAGE",
  "BAILOUT_TO_CLIENT_SIDE_RENDERING",
  "HANGING_PROMISE_REJECTION",
];

/** The digest that Next puts on errors: its own for control flow, a hash for failures. */
export function digestOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("digest" in error)) return undefined;
  return typeof error.digest === "string" ? error.digest : undefined;
}

/** Whether Next itself wants this error, and nobody else. */
export function isControlFlow(error: unknown): boolean {
  const digest = digestOf(error);
  if (digest === undefined) return false;
  return CONTROL_FLOW.some((name) => digest === name || digest.startsWith(`${name};`));
}

/** The status that Next makes of it: `NEXT_REDIRECT;replace;/login;307;` and `NEXT_HTTP_ERROR_FALLBACK;404` name theirs. */
export function statusOfControlFlow(error: unknown): number {
  const digest = digestOf(error) ?? "";
  const named = /;(\d{3});?$/.exec(digest);
  if (named !== null) return Number(named[1]);
  return digest === "NEXT_NOT_FOUND" ? 404 : digest.startsWith("NEXT_REDIRECT") ? 307 : 200;
}
