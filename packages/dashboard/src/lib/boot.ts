import type { BootData } from "@gatewatch/protocol";

/** What the server wrote into the page; null when the page came from somewhere else. */
export function readBoot(text: string | null | undefined): BootData | null {
  if (!text) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "answers" in value ? (value as BootData) : null;
  } catch {
    return null;
  }
}
