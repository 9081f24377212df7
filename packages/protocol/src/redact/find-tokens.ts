import type { Span } from "./text-span.ts";

/** A published form of credentials: how they begin, and the least length with the prefix. */
interface TokenForm {
  prefix: string;
  minLength: number;
  /** Further parts follow after dots. */
  dotted?: boolean;
  /** The whole word must match. */
  exact?: RegExp;
}

const AWS_KEY_ID = /^[A-Z0-9]{20}$/;

/** From the vendors' pages and the secret scanners that they take part in. */
const FORMS: TokenForm[] = [
  ...["AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"].map((prefix) => ({ prefix, minLength: 20, exact: AWS_KEY_ID })),
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"].map((prefix) => ({ prefix, minLength: 24 })),
  ...["glpat-", "gldt-", "glrt-", "glptt-", "gloas-", "glcbt-", "glft-"].map((prefix) => ({ prefix, minLength: 20 })),
  ...["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxc-", "xoxd-", "xapp-"].map((prefix) => ({
    prefix,
    minLength: 16,
  })),
  ...["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"].map((prefix) => ({ prefix, minLength: 20 })),
  { prefix: "AIza", minLength: 35 },
  { prefix: "GOCSPX-", minLength: 20 },
  { prefix: "ya29.", minLength: 20, dotted: true },
  { prefix: "npm_", minLength: 30 },
  { prefix: "pypi-", minLength: 40 },
  { prefix: "sk-", minLength: 20 },
  ...["gsk_", "xai-", "pplx-", "hf_", "r8_", "fw_", "re_"].map((prefix) => ({ prefix, minLength: 24 })),
  { prefix: "SG.", minLength: 40, dotted: true },
  { prefix: "SK", minLength: 34, exact: /^SK[0-9a-f]{32}$/ },
  { prefix: "key-", minLength: 36, exact: /^key-[0-9a-f]{32}$/ },
  { prefix: "dapi", minLength: 36, exact: /^dapi[0-9a-f]{32}(?:-\d)?$/ },
  ...["sq0atp-", "sq0csp-", "EAAA"].map((prefix) => ({ prefix, minLength: 26 })),
  ...["shpat_", "shpca_", "shppa_", "shpss_"].map((prefix) => ({ prefix, minLength: 30 })),
  ...["dop_v1_", "doo_v1_", "dor_v1_", "dckr_pat_", "HRKU-", "lin_api_", "lin_oauth_"].map((prefix) => ({
    prefix,
    minLength: 24,
  })),
  ...["hvs.", "hvb.", "dp.pt.", "dp.st."].map((prefix) => ({ prefix, minLength: 24, dotted: true })),
  ...["ATATT3", "figd_", "ntn_", "secret_", "pscale_tkn_", "pscale_pw_", "sbp_", "PMAK-", "NRAK-"].map((prefix) => ({
    prefix,
    minLength: 24,
  })),
  ...["glsa_", "glc_", "sntrys_", "sntryu_", "rubygems_", "tskey-", "pul-", "phx_", "nfp_"].map((prefix) => ({
    prefix,
    minLength: 24,
  })),
  { prefix: "AGE-SECRET-KEY-1", minLength: 40 },
  ...["gatewatch_in_", "gatewatch_rd_", "gatewatch_ad_"].map((prefix) => ({ prefix, minLength: 24 })),
  { prefix: "dlk_", minLength: 20, dotted: true },
];

const FORMS_BY_CODE: TokenForm[][] = Array.from({ length: 128 }, () => []);
for (const form of FORMS) FORMS_BY_CODE[form.prefix.charCodeAt(0)]!.push(form);

const WORD_CHARS = new Uint8Array(128);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
  WORD_CHARS[char.charCodeAt(0)] = 1;

/** How far a word is searched for its digit: enough for any form, and it bounds the work. */
const DIGIT_WINDOW = 64;
const MIN_JWT_LENGTH = 36;
/** Encrypted tokens have five parts. */
const MAX_PARTS = 5;

/** JSON Web Tokens and credentials of a published form. */
export function findTokens(text: string, spans: Span[]): void {
  let at = 0;
  while (at < text.length) {
    if (!isWordChar(text, at)) {
      at++;
      continue;
    }
    const end = endOfWord(text, at);
    at = findInWord(text, at, end, spans);
  }
}

/** Looks at the start of the word and behind each `_` and `-`; returns where to go on. */
function findInWord(text: string, start: number, end: number, spans: Span[]): number {
  let boundary = true;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (boundary) {
      const found = endOfToken(text, at, end, code);
      if (found > at) {
        spans.push([at, found]);
        return found;
      }
    }
    boundary = code === 0x5f || code === 0x2d;
  }
  return end;
}

/** End of the token that begins at `start`; -1 when none does. */
function endOfToken(text: string, start: number, end: number, code: number): number {
  if (code === 0x65 && text.startsWith("eyJ", start)) return endOfJwt(text, start, end);
  if (code >= 48 && code <= 57) return endOfBotToken(text, start, end);
  for (const form of FORMS_BY_CODE[code]!) {
    if (!text.startsWith(form.prefix, start)) continue;
    const last = form.dotted === true ? endOfDotted(text, end) : end;
    if (last - start < form.minLength) continue;
    if (
      form.exact === undefined
        ? hasDigit(text, start + form.prefix.length, last)
        : form.exact.test(text.slice(start, Math.min(last, start + 64)))
    )
      return last;
  }
  return -1;
}

function endOfJwt(text: string, start: number, end: number): number {
  if (end - start < 10) return -1;
  const last = endOfDotted(text, end);
  return last > end + 1 || end - start >= MIN_JWT_LENGTH ? last : -1;
}

/** `123456789:AA…`, as messenger bots have them. */
function endOfBotToken(text: string, start: number, end: number): number {
  if (end - start < 8 || end - start > 10 || text[end] !== ":") return -1;
  const last = endOfWord(text, end + 1);
  const length = last - end - 1;
  return length >= 34 && length <= 36 && hasDigit(text, end + 1, last) ? last : -1;
}

function endOfDotted(text: string, end: number): number {
  let last = end;
  for (let part = 0; part < MAX_PARTS && text[last] === "." && isWordChar(text, last + 1); part++)
    last = endOfWord(text, last + 1);
  return last;
}

function endOfWord(text: string, start: number): number {
  let at = start;
  while (isWordChar(text, at)) at++;
  return at;
}

function isWordChar(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && WORD_CHARS[code] === 1;
}

function hasDigit(text: string, start: number, end: number): boolean {
  const last = Math.min(end, start + DIGIT_WINDOW);
  for (let at = start; at < last; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}
