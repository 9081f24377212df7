import { createTextRedactor, type TextRedactor } from "./redact-text.ts";
import { createUrlRedactor } from "./redact-url.ts";
import { createValueRedactor } from "./redact-value.ts";
import { REDACTED, type RedactionOptions, type Redactor } from "./redactor.ts";
import { parseRedactionOptions } from "./parse-redaction-options.ts";
import { resolveSensitiveHeaders, URL_HEADERS } from "./sensitive-headers.ts";
import { createKeyRules, type KeyRules } from "./sensitive-keys.ts";

/**
 * The redaction rules, built in and extended; both ends of the wire apply them.
 * @throws RedactionOptionError when an option cannot be used.
 */
export function createRedactor(options: RedactionOptions = {}): Redactor {
  const parsed = parseRedactionOptions(options);
  const headers = resolveSensitiveHeaders(parsed.headers, parsed.keepAddressHeaders);
  // Apps put headers into breadcrumbs and attributes too; a name with a dash means nothing else there.
  const headerKeys = [...headers].filter((name) => name.includes("-"));
  const keys = createKeyRules([...parsed.keys, ...headerKeys], parsed.allowKeys);
  const text = createTextRedactor(keys, parsed.patterns, parsed.email);
  const redactUrl = createUrlRedactor(keys, text.redactText);
  return {
    redactText: guard(text.redactText),
    redactSource: guard(text.redactSource),
    redactUrl: guard(redactUrl),
    redactHeaders: (values) => redactHeaders(values, headers, keys, text, redactUrl),
    redactQuery: (query) => redactQuery(query, keys, text),
    redactValue: createValueRedactor(keys, text.redactText),
    isSensitiveKey: keys.isSensitive,
  };
}

/** Whatever goes wrong, the app goes on and the secret stays in. */
function guard(redact: (text: string) => string): (text: string) => string {
  return (text) => {
    try {
      return redact(text);
    } catch {
      return REDACTED;
    }
  };
}

function redactHeaders(
  values: Readonly<Record<string, string | string[] | undefined>>,
  secretHeaders: ReadonlySet<string>,
  keys: KeyRules,
  text: TextRedactor,
  redactUrl: (url: string) => string,
): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    const lower = name.toLowerCase();
    const secret = secretHeaders.has(lower) || keys.isSensitive(name);
    const redact = secret ? () => REDACTED : URL_HEADERS.has(lower) ? redactUrl : text.redactText;
    define(result, name, Array.isArray(value) ? value.map((item) => redact(asText(item))) : redact(asText(value)));
  }
  return result;
}

function redactQuery<T extends Readonly<Record<string, string | string[]>>>(
  query: T,
  keys: KeyRules,
  text: TextRedactor,
): T {
  let copy: Record<string, string | string[]> | undefined;
  for (const [name, value] of Object.entries(query)) {
    const redact = (item: string) =>
      keys.isSensitiveQuery(name, item) && item !== "" ? REDACTED : text.redactText(item);
    const cleanName = text.redactText(name);
    const clean = Array.isArray(value) ? mapChanged(value, redact) : redact(asText(value));
    if (clean === value && cleanName === name) continue;
    copy ??= { ...query };
    if (cleanName !== name) delete copy[name];
    define(copy, cleanName, clean);
  }
  return (copy ?? query) as T;
}

function mapChanged(values: string[], redact: (item: string) => string): string[] {
  const clean = values.map((item) => redact(asText(item)));
  return clean.every((item, index) => item === values[index]) ? values : clean;
}

/** Parsers put more than texts into headers and queries; an object's own `toString` is never called. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return REDACTED;
  }
}

/** A name like `__proto__` stays a plain field. */
function define(target: Record<string, string | string[]>, name: string, value: string | string[]): void {
  if (name === "__proto__")
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  else target[name] = value;
}
