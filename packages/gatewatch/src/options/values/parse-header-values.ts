import { suggestName } from "../suggest-name.ts";

export interface HstsFields {
  /** Seconds. */
  maxAge: number;
  /** @default false */
  includeSubDomains?: boolean;
  /** @default false */
  preload?: boolean;
}
export type HstsValue = string | HstsFields | boolean;
/** Features and who may use them: `[]` nobody, `"self"`, `"*"`, or origins. */
export type PermissionsValue = string | Readonly<Record<string, string | readonly string[] | false>> | boolean;

/** What browsers' preload lists ask for (hstspreload.org). */
const MIN_PRELOAD_SECONDS = 31_536_000;
const HSTS_DIRECTIVES = ["max-age", "includeSubDomains", "preload"];
/** RFC 9110 field content: no control character but the tab, nothing beyond Latin. */
const FIELD_VALUE = /^[\u0020-\u007e\t]+$/;
const TOKEN = /^[a-z][a-z0-9-]*$/;

const REFERRER_POLICIES = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
];

/** The features of the registry of Permissions Policy and those that OWASP names. */
const FEATURES = new Set(
  `accelerometer all-screens-capture ambient-light-sensor aria-notify attribution-reporting autoplay bluetooth browsing-topics camera
  captured-surface-control clipboard-read clipboard-write compute-pressure conversion-measurement cross-origin-isolated deferred-fetch
  deferred-fetch-minimal digital-credentials-create digital-credentials-get direct-sockets display-capture document-domain encrypted-media
  execution-while-not-rendered execution-while-out-of-viewport focus-without-user-activation fullscreen gamepad geolocation gyroscope hid
  identity-credentials-get idle-detection interest-cohort join-ad-interest-group keyboard-map language-detector language-model layout-animations
  legacy-image-formats local-fonts local-network-access magnetometer manual-text microphone midi monetization navigation-override
  on-device-speech-recognition otp-credentials oversized-images payment picture-in-picture private-state-token-issuance
  private-state-token-redemption publickey-credentials-create publickey-credentials-get rewriter run-ad-auction screen-wake-lock serial
  shared-storage shared-storage-select-url smart-card speaker-selection storage-access summarizer sync-script sync-xhr translator
  trust-token-redemption unload unoptimized-images unsized-media usb usb-unrestricted vertical-scroll web-app-installation web-share
  window-management writer xr-spatial-tracking`.split(/\s+/),
);

/** @throws TypeError for a text that cannot stand in a header. */
export function parseFieldText(value: unknown): string | false {
  if (isOff(value)) return false;
  if (typeof value !== "string" || !FIELD_VALUE.test(value)) {
    throw new TypeError(
      `${show(value)} cannot stand in a header; line breaks, control characters and letters beyond ASCII cannot`,
    );
  }
  return value.trim();
}

/** One of `values`, in their own spelling; `true` is the first of them. */
export function parseOneOf(values: readonly string[]): (value: unknown) => string | false {
  return (value) => {
    if (isOff(value)) return false;
    if (value === true) return values[0]!;
    const text = typeof value === "string" ? value.trim().toLowerCase() : undefined;
    const known = values.find((candidate) => candidate.toLowerCase() === text);
    if (known !== undefined) return known;
    const near = text === undefined ? undefined : suggestName(text, values);
    throw new TypeError(`${show(value)} is none of its values${near === undefined ? "" : `; did you mean ${near}?`}`);
  };
}

/** RFC 6797, section 6.1. */
export function parseHsts(value: unknown): string | false {
  if (isOff(value)) return false;
  const fields =
    typeof value === "string" ? readHstsText(value) : value === true ? { maxAge: MIN_PRELOAD_SECONDS } : value;
  if (!isHsts(fields)) throw new TypeError(`${show(value)} has no maxAge, or one that is no whole number of seconds`);
  const { maxAge, includeSubDomains = false, preload = false } = fields;
  if (preload && (!includeSubDomains || maxAge < MIN_PRELOAD_SECONDS)) {
    throw new TypeError(`preload needs includeSubDomains and a maxAge of at least ${MIN_PRELOAD_SECONDS}`);
  }
  return `max-age=${maxAge}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
}

function isHsts(value: unknown): value is HstsFields {
  if (typeof value !== "object" || value === null) return false;
  for (const name of Object.keys(value)) {
    if (!["maxAge", "includeSubDomains", "preload"].includes(name)) {
      const near = suggestName(name, ["maxAge", "includeSubDomains", "preload"]);
      throw new TypeError(`${name} does not exist${near === undefined ? "" : `; did you mean ${near}?`}`);
    }
  }
  return "maxAge" in value && Number.isSafeInteger(value.maxAge) && (value.maxAge as number) >= 0;
}

function readHstsText(text: string): Partial<HstsFields> {
  const fields: Partial<HstsFields> = {};
  const seen = new Set<string>();
  for (const part of text.split(";").map((item) => item.trim())) {
    if (part === "") continue;
    const [name = "", argument] = part.split("=", 2).map((item) => item.trim());
    const directive = HSTS_DIRECTIVES.find((known) => known.toLowerCase() === name.toLowerCase());
    if (directive === undefined) {
      const near = suggestName(name, HSTS_DIRECTIVES);
      throw new TypeError(
        `the directive ${show(name)} does not exist${near === undefined ? "" : `; did you mean ${near}?`}`,
      );
    }
    if (seen.has(directive)) throw new TypeError(`${directive} is there twice`);
    seen.add(directive);
    if (directive === "max-age") {
      if (argument === undefined || !/^"?\d{1,12}"?$/.test(argument))
        throw new TypeError("max-age needs a number of seconds");
      fields.maxAge = Number(argument.replaceAll('"', ""));
    } else if (argument !== undefined) throw new TypeError(`${directive} takes no value`);
    else if (directive === "preload") fields.preload = true;
    else fields.includeSubDomains = true;
  }
  return fields;
}

/** One policy, or several of which browsers use the last that they know. */
export function parseReferrerPolicy(value: unknown): string | false {
  if (isOff(value)) return false;
  if (value === true) return "strict-origin-when-cross-origin";
  const items: unknown[] = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [value];
  const names = items.map((item) => {
    const name = typeof item === "string" ? item.trim().toLowerCase() : "";
    if (REFERRER_POLICIES.includes(name)) return name;
    const near = suggestName(name, REFERRER_POLICIES);
    throw new TypeError(`${show(item)} is no referrer policy${near === undefined ? "" : `; did you mean ${near}?`}`);
  });
  if (names.length === 0) throw new TypeError("an empty list says nothing");
  if (new Set(names).size < names.length) throw new TypeError("the same policy is there twice");
  return names.join(", ");
}

/** Structured field (RFC 9651) of features. An unknown feature is refused when it is a slip of the fingers. */
export function parsePermissions(value: unknown): string | false {
  if (isOff(value) || value === true) return false;
  if (typeof value === "string") {
    const text = parseFieldText(value);
    if (text === false) return false;
    for (const item of text.split(",")) checkPermission(item.trim());
    return text;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(`${show(value)} is no policy`);
  const items = Object.entries(value as Record<string, unknown>).flatMap(([key, who]) => {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    checkFeature(name);
    return who === false || who === null || who === undefined ? [] : [`${name}=${writeAllowList(name, who)}`];
  });
  if (items.length === 0) throw new TypeError("a policy without features says nothing");
  return items.join(", ");
}

function writeAllowList(name: string, who: unknown): string {
  const list: unknown[] = Array.isArray(who) ? who : [who];
  const words = list.map((item) => {
    if (item === "*" || item === "self" || item === "src") return item;
    if (
      typeof item === "string" &&
      URL.canParse(item.replace("://*.", "://")) &&
      /^[\u0021\u0023-\u005b\u005d-\u007e]+$/.test(item)
    ) {
      return `"${item}"`;
    }
    throw new TypeError(`${name} is granted to ${show(item)}, which is neither "self", "*" nor an origin`);
  });
  if (words.includes("*")) {
    if (words.length > 1) throw new TypeError(`${name} is granted to "*" and to others`);
    return "*";
  }
  return `(${words.join(" ")})`;
}

function checkPermission(item: string): void {
  const match = /^([a-z][a-z0-9-]*)=(?:\*|self|\((?:\s*(?:self|src|\*|"[^"\\]*"))*\s*\))(?:;report-to=[\w-]+)?$/.exec(
    item,
  );
  if (match === null) throw new TypeError(`${show(item)} is no item such as camera=() or geolocation=(self)`);
  checkFeature(match[1]!);
}

function checkFeature(name: string): void {
  if (!TOKEN.test(name)) throw new TypeError(`${show(name)} is no name of a feature`);
  if (FEATURES.has(name)) return;
  const near = suggestName(name, FEATURES);
  if (near !== undefined) throw new TypeError(`the feature ${name} is not known; did you mean ${near}?`);
}

function isOff(value: unknown): boolean {
  return value === false || value === null || value === "";
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? typeof value;
}
