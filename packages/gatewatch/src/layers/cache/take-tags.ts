import type { ResponseHead } from "../../gate/exchange.ts";

const MAX_TAGS = 64;
const MAX_TAG_LENGTH = 256;
const NO_TAGS: readonly string[] = Object.freeze([]);

/** The names under which an answer can be purged: `Cache-Tag` (commas) and `Surrogate-Key` (spaces), both taken out of the head. */
export function takeTags(head: ResponseHead): readonly string[] {
  const tags = head.get("cache-tag");
  const keys = head.get("surrogate-key");
  if (tags === undefined && keys === undefined) return NO_TAGS;
  if (tags !== undefined) head.remove("Cache-Tag");
  if (keys !== undefined) head.remove("Surrogate-Key");
  const names = [...(tags?.split(",") ?? []), ...(keys?.split(" ") ?? [])].map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== "" && name.length <= MAX_TAG_LENGTH).slice(0, MAX_TAGS);
}
