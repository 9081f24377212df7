/** What stands where a secret stood. */
export const REDACTED = "[REDACTED]";

/** Extensions of the built-in rules; see `createRedactor`. */
export interface RedactionOptions {
  /**
   * Further key names whose whole value is replaced; case, `-`, `_` and camelCase make no difference.
   * @default []
   */
  keys?: readonly string[];
  /**
   * Key names that are kept although a built-in rule names them, for example `pageToken`.
   * @default []
   */
  allowKeys?: readonly string[];
  /**
   * Further header names whose value is replaced, case-insensitive.
   * @default []
   */
  headers?: readonly string[];
  /**
   * Further patterns (or their source text); each match in a text is replaced. They must run in linear time: nested repetition is refused.
   * @default []
   */
  patterns?: readonly (RegExp | string)[];
  /**
   * Whether e-mail addresses in texts are replaced too.
   * @default false
   */
  email?: boolean;
  /**
   * Whether headers that carry client addresses (`X-Forwarded-For` and kin) are kept.
   * @default false
   */
  keepAddressHeaders?: boolean;
}

/** Replaces secrets by `REDACTED`. No method throws; a clean argument comes back as the same value. */
export interface Redactor {
  /** Secrets inside a free text: cards, tokens, keys, `password=…` and `"password": "…"` pairs, addresses with user info. */
  redactText(text: string): string;
  /** As `redactText`, for a line of source code: string literals of secret names go, code that only names them stays. */
  redactSource(line: string): string;
  /** A whole address or a path, with or without query and fragment. */
  redactUrl(url: string): string;
  /** Headers by name and by value; absent values are left out. */
  redactHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | string[]>;
  /** Parsed query or form fields. */
  redactQuery<T extends Readonly<Record<string, string | string[]>>>(query: T): T;
  /** Any JSON-like value, deep; subtrees below 20 levels are replaced. Returns the same object when nothing changed. */
  redactValue<T>(value: T): T;
  /** Whether a field of this name is replaced whatever it holds. */
  isSensitiveKey(key: string): boolean;
}

/** Thrown by `createRedactor` for an option that cannot be used; names the option, the value and what is allowed. */
export class RedactionOptionError extends Error {
  readonly code = "invalid_redaction_option";
  readonly option: string;
  constructor(option: string, message: string) {
    super(message);
    this.name = "RedactionOptionError";
    this.option = option;
  }
}
