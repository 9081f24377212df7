import type { Exchange } from "../../gate/exchange.ts";
import { checkPattern } from "./check-pattern.ts";

export type OriginTest = (origin: string, x: Exchange) => boolean | Promise<boolean>;
export type OriginRule = string | RegExp;
/** `*` or `true`: every origin. `false`: none. A function is asked at each request. */
export type OriginsValue = OriginRule | readonly OriginRule[] | OriginTest | boolean;

export type Origins =
  | { kind: "none" }
  | { kind: "any" }
  | {
      kind: "some";
      allows: (origin: string) => boolean;
      /** A pattern that lets every origin in. */
      tooWide: string | undefined;
    }
  | { kind: "asked"; test: OriginTest };

/** No origin is longer: a scheme, a host name of 253 characters and a port. */
const MAX_ORIGIN_LENGTH = 300;
/** Origins that nobody means to allow. */
const STRANGERS = ["https://stranger.example", "http://a.test:8080", "https://xn--80ak6aa92e.invalid"];

/** @throws TypeError with the reason why a rule is refused. */
export function compileOrigins(value: unknown): Origins {
  if (value === false || value === null) return { kind: "none" };
  if (value === true) return { kind: "any" };
  if (typeof value === "function") return { kind: "asked", test: value as OriginTest };
  const rules: unknown[] = [value].flat();
  if (rules.length === 0) return { kind: "none" };
  const exact = new Set<string>();
  const tests: ((origin: string) => boolean)[] = [];
  let isAny = false;
  let tooWide: string | undefined;
  for (const rule of rules) {
    if (rule instanceof RegExp) {
      const pattern = checkPattern(rule);
      if (STRANGERS.every((origin) => pattern.test(origin))) tooWide = String(rule);
      tests.push((origin) => pattern.test(origin));
    } else if (typeof rule !== "string") throw new TypeError(`${show(rule)} is no origin`);
    else if (rule.trim() === "*") isAny = true;
    else if (rule.includes("*")) tests.push(compileWildcard(rule.trim().toLowerCase()));
    else exact.add(parseOrigin(rule.trim()));
  }
  if (isAny) return { kind: "any" };
  return {
    kind: "some",
    tooWide,
    allows: (origin) => exact.has(origin) || (isOrigin(origin) && tests.some((test) => test(origin))),
  };
}

/** Whether a text is an origin as browsers write it (RFC 6454, section 6.2); `null` is none that could be told from others. */
export function isOrigin(text: string): boolean {
  return text.length <= MAX_ORIGIN_LENGTH && /^[a-z][a-z0-9+.-]*:\/\/[\w.:[\]-]+$/.test(text);
}

function parseOrigin(text: string): string {
  if (text === "null") {
    throw new TypeError(
      '"null" is the origin of every sandboxed frame and local file, so that it would let in all of them',
    );
  }
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]+)(\/?)$/i.exec(text);
  if (match === null) {
    const hint = /^[\w.-]+(?::\d+)?$/.test(text) ? `; did you mean "https://${text}"?` : "";
    throw new TypeError(`${show(text)} is no origin: scheme, host and port, without a path${hint}`);
  }
  const { origin } = URL.canParse(text) ? new URL(text) : { origin: "null" };
  // Schemes that are none of the web's, such as `capacitor:`, have no origin by the standard of addresses.
  const plain = origin === "null" ? `${match[1]}://${match[2]}`.toLowerCase() : origin;
  if (!isOrigin(plain)) throw new TypeError(`${show(text)} is no origin that a browser could send`);
  return plain;
}

/** `https://*.example.com`, `http://localhost:*`: whole labels below a domain, and ports. */
function compileWildcard(rule: string): (origin: string) => boolean {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)(\*\.)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(:(?:\d+|\*))?$/.exec(rule);
  if (match === null) {
    throw new TypeError(
      `${show(rule)} has a "*" where it could match too much; it may stand for sub-domains ("https://*.example.com") and for the port ("http://localhost:*")`,
    );
  }
  const [, scheme = "", sub, domain = "", port] = match;
  if (sub !== undefined && !domain.includes(".") && domain !== "localhost") {
    throw new TypeError(`${show(rule)} would let in everybody who can register a name below .${domain}`);
  }
  const standard = scheme === "https://" ? ":443" : scheme === "http://" ? ":80" : undefined;
  const fixedPort = port === undefined || port === ":*" || port === standard ? "" : port;
  const ending = `${sub === undefined ? "" : "."}${domain}`;
  return (origin) => {
    if (!origin.startsWith(scheme)) return false;
    const end = port === ":*" ? endOfHost(origin, scheme.length) : origin.length - fixedPort.length;
    if (end < scheme.length || (fixedPort !== "" && !origin.endsWith(fixedPort))) return false;
    const host = origin.slice(scheme.length, end);
    return sub === undefined ? host === ending : host.endsWith(ending) && isLabels(host.slice(0, -ending.length));
  };
}

function endOfHost(origin: string, from: number): number {
  const colon = origin.indexOf(":", from);
  if (colon === -1) return origin.length;
  return /^:\d{1,5}$/.test(origin.slice(colon)) ? colon : -1;
}

function isLabels(text: string): boolean {
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(text);
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 120) ?? typeof value;
}
