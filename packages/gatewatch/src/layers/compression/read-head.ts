import type { Exchange, ResponseHead } from "../../gate/exchange.ts";

/** Digests of the bytes as the app sends them. */
const DIGESTS = ["content-digest", "repr-digest", "digest", "content-md5"];

/** Whether the head forbids to change the body, or says something about it that would no longer be true. */
export function isLeftAlone(head: ResponseHead, skipSecrets: boolean): boolean {
  const encoding = head.get("content-encoding");
  if (encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity") return true;
  if (head.has("content-range")) return true;
  const directives = head.get("cache-control");
  if (directives !== undefined && hasDirective(directives, "no-transform")) return true;
  if (DIGESTS.some((name) => head.has(name))) return true;
  if (!skipSecrets) return false;
  return head.has("set-cookie") || (directives !== undefined && hasDirective(directives, "no-store"));
}

/** Other bytes under the same strong tag would be mixed up by caches and ranges (RFC 9110, section 8.8.3.3). */
export function weakenEntityTag(head: ResponseHead): void {
  const tag = head.get("etag");
  if (tag !== undefined && tag.startsWith('"')) head.set("ETag", `W/${tag}`);
}

/** A 304 names the tag that the client has (RFC 9111, section 4.3.4), which is a weak one where we have weakened it. */
export function weakenUnchanged(x: Exchange, head: ResponseHead): void {
  const tag = head.get("etag");
  if (tag?.startsWith('"') !== true) return;
  if (x.headers.get("if-none-match")?.includes(`W/${tag}`) !== true) return;
  head.set("ETag", `W/${tag}`);
}

function hasDirective(list: string, name: string): boolean {
  if (!list.toLowerCase().includes(name)) return false;
  return list.split(",").some((item) => item.trim().toLowerCase() === name);
}
