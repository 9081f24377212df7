import type { ApiDeps } from "../api-deps.ts";

/** Strangers may ask as often as they like: the store is asked once in this time. */
const KEPT_FOR_MS = 1_000;
/** Supervisors wait for a second, and end what does not answer. */
const TIMEOUT_MS = 300;

export const STORE_AWAY = "The store does not answer.";

/** Whether the server is well, as far as anybody may know. */
export interface Probe {
  /** Whether the store answers, and in time. */
  isStoreThere(): Promise<boolean>;
  /** Why this server cannot take events, in a sentence; null when it can. */
  whyNotReady(): Promise<string | null>;
}

export function createProbe(deps: Pick<ApiDeps, "store" | "clock" | "whyNotReady">): Probe {
  let last: { at: number; answer: Promise<boolean> } | undefined;

  function isStoreThere(): Promise<boolean> {
    const at = deps.clock();
    if (last === undefined || Math.abs(at - last.at) >= KEPT_FOR_MS) last = { at, answer: askStore(deps) };
    return last.answer;
  }

  return {
    isStoreThere,
    async whyNotReady() {
      try {
        // A read through the store proves that it answers; the rest only the server knows.
        await deps.store.control.countUsers();
        return await deps.whyNotReady();
      } catch {
        return STORE_AWAY;
      }
    },
  };
}

async function askStore({ store }: Pick<ApiDeps, "store">): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), TIMEOUT_MS);
  try {
    return await Promise.race([
      store.control.countUsers().then(
        () => true,
        () => false,
      ),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
