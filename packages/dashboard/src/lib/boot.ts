import type { BootData } from "@gatewatch/protocol";

/** What the server wrote into the page; empty when the page came from somewhere else. */
export function readBoot(text: string | null | undefined): BootData {
  const empty: BootData = { session: null, projectId: null, answers: {}, now: Date.now() };
  if (!text) return empty;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...empty, ...value } : empty;
  } catch {
    return empty;
  }
}
