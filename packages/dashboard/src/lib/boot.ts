import type { BootData } from "@gatewatch/protocol";
import { parseAnswer } from "./parse-answer.ts";

/** What the server wrote into the page; null when the page came from somewhere else. */
export function readBoot(text: string | null | undefined): BootData | null {
  if (!text) return null;
  try {
    const value = parseAnswer(text);
    return typeof value === "object" && value !== null && "answers" in value ? (value as BootData) : null;
  } catch {
    return null;
  }
}
