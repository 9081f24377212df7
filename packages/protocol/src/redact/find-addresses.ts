import type { Span } from "./text-span.ts";

/** Webhook addresses are credentials: what follows may post as the team. */
const WEBHOOKS = [
  "hooks.slack.com/services/",
  "hooks.slack.com/workflows/",
  "discord.com/api/webhooks/",
  "discordapp.com/api/webhooks/",
  "webhook.office.com/webhookb2/",
  "hooks.zapier.com/hooks/catch/",
  "api.telegram.org/bot",
];

const END_OF_AUTHORITY = new Set("/?#\\\"'`<> \t\r\n");
const END_OF_ADDRESS = new Set("\"'`<> \t\r\n)]},;|");
const MAX_USER_INFO = 1024;
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 255;

/** `user:password` in addresses such as `postgres://user:password@host/db`. */
export function findUserInfo(text: string, spans: Span[]): void {
  for (let at = text.indexOf("://"); at !== -1; at = text.indexOf("://", at + 3)) {
    const start = at + 3;
    const limit = Math.min(text.length, start + MAX_USER_INFO);
    let last = -1;
    for (let end = start; end < limit && !END_OF_AUTHORITY.has(text[end]!); end++) if (text[end] === "@") last = end;
    if (last > start && text.slice(start, last) !== "git") spans.push([start, last]);
  }
}

/** What follows the host of a known webhook service. */
export function findWebhooks(text: string, spans: Span[]): void {
  for (const webhook of WEBHOOKS) {
    for (let at = text.indexOf(webhook); at !== -1; at = text.indexOf(webhook, at + webhook.length)) {
      const start = at + webhook.length;
      let end = start;
      while (end < text.length && !END_OF_ADDRESS.has(text[end]!)) end++;
      if (end > start) spans.push([start, end]);
    }
  }
}

/** E-mail addresses as people write them (the common part of RFC 5321). */
export function findEmails(text: string, spans: Span[]): void {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > 0 && at - start < MAX_LOCAL_PART && /[\w.%+'-]/.test(text[start - 1]!)) start--;
    let end = at + 1;
    while (end < text.length && end - at < MAX_DOMAIN && /[A-Za-z0-9.-]/.test(text[end]!)) end++;
    while (end > at && /[.-]/.test(text[end - 1]!)) end--;
    if (start < at && /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$/.test(text.slice(at + 1, end)))
      spans.push([start, end]);
  }
}
