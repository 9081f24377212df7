import { suggestName } from "../suggest-name.ts";

/** Directives by their names (`script-src` or `scriptSrc`); a list is a list of sources, `true` a directive without value, `false` none. */
export type CspDirectives = Readonly<Record<string, string | readonly string[] | boolean | null | undefined>>;
export type CspValue = string | CspDirectives | boolean;

/** Stands for the nonce of the request. */
export const NONCE_PLACEHOLDER = "'nonce'";

const SOURCE_LISTS = [
  "child-src",
  "connect-src",
  "default-src",
  "fenced-frame-src",
  "font-src",
  "frame-src",
  "img-src",
  "manifest-src",
  "media-src",
  "object-src",
  "prefetch-src",
  "script-src",
  "script-src-attr",
  "script-src-elem",
  "style-src",
  "style-src-attr",
  "style-src-elem",
  "worker-src",
  "base-uri",
  "form-action",
  "frame-ancestors",
];
const OTHERS = [
  "sandbox",
  "report-uri",
  "report-to",
  "require-trusted-types-for",
  "trusted-types",
  "upgrade-insecure-requests",
  "block-all-mixed-content",
];
const DIRECTIVES = new Set([...SOURCE_LISTS, ...OTHERS]);
const HAS_SOURCES = new Set(SOURCE_LISTS);
const WITHOUT_VALUE = new Set(["upgrade-insecure-requests", "block-all-mixed-content"]);
const NEEDS_VALUE = new Set(["report-uri", "report-to", "require-trusted-types-for"]);
/** Mean a host of that name when they stand without quotes. */
const KEYWORDS = new Set([
  "self",
  "none",
  "unsafe-inline",
  "unsafe-eval",
  "unsafe-hashes",
  "wasm-unsafe-eval",
  "strict-dynamic",
  "report-sample",
  "inline-speculation-rules",
  "trusted-types-eval",
  "nonce",
]);
const HASH_OR_NONCE = /^(?:nonce-|sha256-|sha384-|sha512-)/;
/** RFC 9110 field content without what separates directives and policies. */
const VALUE = /^[\u0021-\u002b\u002d-\u003a\u003c-\u007e]+$/;

/** The policy as one text in which `'nonce'` stands for nonces; false for none. @throws TypeError with the reason. */
export function parseCsp(value: unknown): string | false {
  if (value === false || value === null || value === "") return false;
  const directives = typeof value === "string" ? splitPolicy(value) : readObject(value);
  const seen = new Set<string>();
  const parts: string[] = [];
  for (const [name, sources] of directives) {
    if (!DIRECTIVES.has(name)) throw unknownDirective(name);
    if (seen.has(name)) throw new TypeError(`the directive ${name} is there twice; browsers use the first only`);
    seen.add(name);
    checkSources(name, sources);
    parts.push(sources.length === 0 ? name : `${name} ${sources.join(" ")}`);
  }
  if (parts.length === 0) throw new TypeError("a policy without directives allows everything");
  return parts.join("; ");
}

function splitPolicy(policy: string): [string, string[]][] {
  return policy
    .split(";")
    .map((part) => part.split(/[ \t]+/).filter((word) => word !== ""))
    .filter((words) => words.length > 0)
    .map(([name = "", ...sources]) => [name.toLowerCase(), sources]);
}

function* readObject(value: unknown): Iterable<[string, string[]]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`a policy cannot be made of ${JSON.stringify(value) ?? typeof value}`);
  }
  for (const [key, sources] of Object.entries(value as Record<string, unknown>)) {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (sources === false || sources === null || sources === undefined) continue;
    if (sources === true) yield [name, []];
    else if (typeof sources === "string") yield [name, sources.split(/[ \t]+/).filter((word) => word !== "")];
    else if (Array.isArray(sources)) yield [name, sources.map((source) => toSource(name, source))];
    else
      throw new TypeError(`${name} is a ${typeof sources}; write ${NONCE_PLACEHOLDER} where a request's nonce belongs`);
  }
}

function toSource(name: string, source: unknown): string {
  if (typeof source === "string") return source;
  throw new TypeError(
    `${name} has a ${typeof source} among its sources; write ${NONCE_PLACEHOLDER} where a request's nonce belongs`,
  );
}

function checkSources(name: string, sources: readonly string[]): void {
  for (const source of sources) {
    if (!VALUE.test(source)) {
      throw new TypeError(
        `${name} has the source ${JSON.stringify(source)}; spaces, ";", "," and control characters would end it`,
      );
    }
    if (HAS_SOURCES.has(name) && (KEYWORDS.has(source.toLowerCase()) || HASH_OR_NONCE.test(source.toLowerCase()))) {
      throw new TypeError(`${name} has ${source} without quotes, which is a host of that name; write '${source}'`);
    }
  }
  if (sources.length > 1 && HAS_SOURCES.has(name) && sources.some((source) => source.toLowerCase() === "'none'")) {
    throw new TypeError(`${name} has 'none' beside other sources, and then it is ignored`);
  }
  if (WITHOUT_VALUE.has(name) && sources.length > 0) throw new TypeError(`${name} takes no value`);
  if (NEEDS_VALUE.has(name) && sources.length === 0) throw new TypeError(`${name} needs a value`);
}

function unknownDirective(name: string): TypeError {
  const near = suggestName(name, DIRECTIVES);
  const hint = near === undefined ? `known are ${[...DIRECTIVES].join(", ")}` : `did you mean ${near}?`;
  return new TypeError(`the directive ${JSON.stringify(name)} does not exist; ${hint}`);
}
