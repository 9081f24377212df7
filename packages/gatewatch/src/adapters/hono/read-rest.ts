import type { Context } from "hono";

/** What the runtime has handed to `app.fetch` after the request. */
export function readRest(context: Context): readonly unknown[] {
  const env: unknown = context.env;
  if (typeof env === "object" && env !== null && ("incoming" in env || "remoteAddr" in env || "requestIP" in env)) {
    return [env];
  }
  try {
    return [env, context.executionCtx];
  } catch {
    // There is none outside of workers.
    return [env];
  }
}
