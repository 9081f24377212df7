import type { Exchange } from "../../gate/exchange.ts";
import type { ResponseAddress } from "../../state/response-store.ts";
import { DEVICE_HEADERS, readDeviceClass } from "./device-class.ts";
import { findPreferredLanguage, normaliseSelectingField } from "./normalise-selecting-field.ts";

export interface KeySettings {
  /** Keeps apart the variants of caches that share a store; that of the whole app has none. */
  region?: string | undefined;
  /** Request headers that are part of every key, in lower case. */
  keyHeaders: readonly string[];
  /** Whether telephones and computers are told apart. */
  byDevice: boolean;
}

/**
 * What some apps and frameworks make answers of although it is no part of the target. Whoever sends one reaches a variant of its own, so that nobody can
 * write into the answers of others (cache poisoning).
 */
const STEERING_HEADERS = [
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-scheme",
  "x-forwarded-ssl",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-server",
  "x-forwarded-path",
  "x-forwarded-uri",
  "x-host",
  "x-http-host-override",
  "x-original-host",
  "x-original-url",
  "x-rewrite-url",
  "x-original-uri",
  "front-end-https",
  "base-url",
  "forwarded",
  "x-envoy-original-path",
  "x-waf-url",
  "x-original-method",
  "x-forwarded-method",
  // Next tells itself by these, and believes them from outside where no proxy takes them out.
  "x-invoke-path",
  "x-invoke-query",
  "x-invoke-status",
  "x-matched-path",
  "x-middleware-prefetch",
  "x-middleware-subrequest",
  "x-nextjs-data",
  "x-now-route-matches",
  // React Router likewise.
  "x-react-router-prerender-data",
  "x-react-router-spa-mode",
] as const;

/** Apps make links of either, whichever of them names the resource: with HTTP/2 both may come, and a trusted proxy may name a third host. */
const HOST_HEADERS = ["host", ":authority"] as const;

/** Headers that change the method for some frameworks: such requests are not looked at. */
const METHOD_HEADERS = ["x-http-method-override", "x-http-method", "x-method-override"];

export function overridesMethod({ headers }: Exchange): boolean {
  return METHOD_HEADERS.some((name) => headers.get(name) !== undefined);
}

/** Scheme and host as a trusted proxy or the connection tells them, and the target exactly as the router sees it. */
export function nameResource({ scheme, host = "", url }: Exchange, target = url): string {
  return `${scheme}://${host.toLowerCase()}${target}`;
}

/** The same for a full address. @throws TypeError when it is none. */
export function nameTarget(address: string): string {
  const match = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(address);
  if (match === null) throw new TypeError(`${JSON.stringify(address)} is no address with http:// or https://.`);
  const [, scheme = "", host = "", target = ""] = match;
  return `${scheme.toLowerCase()}://${host.toLowerCase()}${target.startsWith("/") ? target : `/${target}`}`;
}

/** Where the answer to this request is kept. */
export class RequestAddress implements ResponseAddress {
  readonly resource: string;
  readonly path: string;
  readonly #x: Exchange;
  readonly #settings: KeySettings;
  #fixed: string | undefined = undefined;
  #device: string | undefined = undefined;

  constructor(x: Exchange, settings: KeySettings) {
    this.resource = nameResource(x);
    this.path = x.path;
    this.#x = x;
    this.#settings = settings;
  }

  /** The variant in this language, whatever else the request would take. */
  inLanguage(language: string): ResponseAddress {
    const { resource, path } = this;
    return { resource, path, variantOf: (vary) => this.variantOf(vary, language) };
  }

  /** The one language that the request prefers to all others; undefined when it names none, or several alike. */
  preferredLanguage(): string | undefined {
    const field = this.#x.headers.get("accept-language");
    return field === undefined ? undefined : findPreferredLanguage(field);
  }

  variantOf(vary: readonly string[], language?: string): string {
    let variant = (this.#fixed ??= this.#nameFixed());
    for (const name of vary) {
      if (language !== undefined && name === "accept-language") {
        variant += `content-language:${language}\n`;
        continue;
      }
      const value =
        this.#settings.byDevice && DEVICE_HEADERS.has(name)
          ? this.#nameDevice()
          : normaliseSelectingField(name, this.#x.headers.get(name));
      if (value !== "") variant += `${name}:${value}\n`;
    }
    return variant;
  }

  #nameFixed(): string {
    const { headers, host, scheme } = this.#x;
    const { region, byDevice } = this.#settings;
    let fixed = region === undefined ? "" : `~${region}\n`;
    if (byDevice) fixed += `device:${this.#nameDevice()}\n`;
    for (const name of this.#settings.keyHeaders) fixed += `=${name}:${this.#x.headers.get(name) ?? ""}\n`;
    for (const name of HOST_HEADERS) {
      const value = headers.get(name);
      if (value !== undefined && value !== host) fixed += `!${name}:${value}\n`;
    }
    for (const name of STEERING_HEADERS) {
      const value = headers.get(name);
      // What a trusted proxy says about host and scheme is in the resource's name.
      if (value === undefined || (name === "x-forwarded-host" && value === host)) continue;
      if (name === "x-forwarded-proto" && value === scheme) continue;
      fixed += `!${name}:${name === "forwarded" ? withoutPeers(value) : value}\n`;
    }
    return fixed;
  }

  #nameDevice(): string {
    return (this.#device ??= readDeviceClass(this.#x.headers));
  }
}

/** `for` and `by` differ with every client and proxy; answers are seldom made of them. */
function withoutPeers(forwarded: string): string {
  return forwarded
    .split(/[,;]/)
    .map((item) => item.trim())
    .filter((item) => !/^(?:for|by)=/i.test(item))
    .join(";");
}
