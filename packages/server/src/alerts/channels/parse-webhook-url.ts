import { isIP } from "node:net";
import { ChannelConfigError } from "../../model/channel-config-error.ts";

const MAX_URL_CHARACTERS = 2048;

/**
 * Checks the address of a webhook: https, or http to this machine's loopback for trials. Addresses in private ranges are refused when they
 * are written as numbers; a name that resolves to one is not caught here, so only admins may set channels.
 * Throws ChannelConfigError.
 */
export function parseWebhookUrl(key: string, value: unknown): string {
  const url = typeof value === "string" && value.length <= MAX_URL_CHARACTERS ? tryParseUrl(value) : undefined;
  if (url === undefined)
    throw new ChannelConfigError(key, "must be a whole address such as https://hooks.slack.com/services/…");
  // The address is the secret, so messages name no more of it than its scheme and host.
  const shown = `${url.protocol}//${url.hostname}`;
  if (url.username !== "" || url.password !== "")
    throw new ChannelConfigError(key, `must have no user name or password; got one for ${shown}`);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const loopback = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  if (url.protocol === "http:" && loopback) return url.href;
  if (url.protocol !== "https:")
    throw new ChannelConfigError(key, `must begin with https:// (http:// only to 127.0.0.1); got ${shown}`);
  if (loopback || isPrivateAddress(host))
    throw new ChannelConfigError(key, `must not lead into a private network; got ${shown}`);
  return url.href;
}

function tryParseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isPrivateAddress(host: string): boolean {
  if (isIP(host) === 4)
    return /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
      host,
    );
  return isIP(host) === 6 && /^(?:::|f[cd]|fe[89ab]|64:ff9b:)/i.test(host);
}
