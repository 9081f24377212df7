import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

// What a browser fetches for the first screen, and for each screen when it is the first: `npm run check-size`, after a build.
const MAX_BYTES = 150 * 1024;
const DIST = join(import.meta.dirname, "../dist");

const html = await readFile(join(DIST, "index.html"), "utf8");
const entry = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js|theme\.js)"/g)].map((match) => match[1] ?? "");
const files = (await readdir(join(DIST, "assets"))).filter((name) => name.endsWith(".js"));
const sizes = new Map<string, number>();
const texts = new Map<string, string>();
for (const name of ["theme.js", ...files.map((file) => `assets/${file}`)]) {
  const content = await readFile(join(DIST, name));
  sizes.set(name, gzipSync(content, { level: 9 }).length);
  texts.set(name, content.toString());
}

/** A chunk and all that it imports at once. */
function follow(name: string, seen: Set<string>): Set<string> {
  if (seen.has(name) || !texts.has(name)) return seen;
  seen.add(name);
  for (const [, file] of (texts.get(name) ?? "").matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
    follow(`assets/${file}`, seen);
  }
  return seen;
}

const first = new Set<string>();
for (const name of entry) follow(name, first);
const screens: [name: string, chunks: Set<string>][] = [["overview", first]];
for (const screen of ["issues", "issue", "live", "protection"]) {
  const chunk = [...texts.keys()].find((name) => new RegExp(`assets/${screen}-[^.]+\\.js$`).test(name));
  if (chunk) screens.push([screen, new Set([...first, ...follow(chunk, new Set())])]);
}
let failed = screens.length < 5;
for (const [name, chunks] of screens) {
  const bytes = [...chunks].reduce((sum, chunk) => sum + (sizes.get(chunk) ?? 0), 0);
  const over = bytes > MAX_BYTES;
  failed ||= over;
  console.log(`${name.padEnd(10)} ${(bytes / 1024).toFixed(1).padStart(6)} KB gzip${over ? "  over the limit" : ""}`);
}
console.log(
  `${"limit".padEnd(10)} ${(MAX_BYTES / 1024).toFixed(1).padStart(6)} KB gzip of JavaScript on the first load`,
);
if (failed) process.exitCode = 1;
