import { cleanText } from "./clean-text.ts";

/** Escapes the three characters that carry meaning in Slack's markup, after cutting to `max` characters of the original. */
export function escapeSlack(text: string, max: number): string {
  return cleanText(text, max).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
