import { parseTrustList, TrustListError } from "../gate/trust/parse-trust-list.ts";
import { ConfigError } from "./config-error.ts";
import type { OptionKind } from "./option-kinds.ts";
import type { OptionRow } from "./option-table.ts";
import { HEADER_NAME } from "./values/header-name.ts";
import { tryReadBoolean } from "./values/read-boolean.ts";

/** The value of an option, from code or, as text, from the environment. @throws ConfigError naming option, value and what is allowed. */
export function parseValue(option: OptionRow, value: unknown, name: string): unknown {
  const { kind } = option;
  switch (kind.type) {
    case "boolean":
      return parseBoolean(value, name);
    case "integer":
    case "number":
      return parseNumber(value, name, kind);
    case "text":
      if (value === null && option.default === null) return null;
      if (typeof value === "string") return value.trim() === "" ? option.default : value.trim();
      throw invalid(name, value, "a text", kind.secret);
    case "choice": {
      if ((value === null || value === "") && option.default === null) return null;
      const text = typeof value === "string" ? value.trim().toLowerCase() : undefined;
      if (text !== undefined && kind.values.includes(text)) return text;
      throw invalid(name, value, `one of ${kind.values.join(", ")}`);
    }
    case "list":
      return parseList(value, name);
    case "address":
      return parseUrl(value, name);
    case "header":
      if (typeof value === "string" && HEADER_NAME.test(value)) return value;
      throw invalid(name, value, "the name of a header");
    case "trust":
      return parseTrust(value, name);
    case "code":
      return parseCode(kind, value, name);
    default:
      return kind satisfies never;
  }
}

function parseCode(kind: Extract<OptionKind, { type: "code" }>, value: unknown, name: string): unknown {
  try {
    return kind.parse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError("invalid_option", name, `${name}: ${error.message}; allowed is ${kind.allowed}.`);
  }
}

function parseBoolean(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : undefined;
  const read = text === undefined ? undefined : text === "" ? false : tryReadBoolean(text);
  if (read !== undefined) return read;
  throw invalid(name, value, "true or false (1, yes, on; 0, no, off)");
}

function parseNumber(
  value: unknown,
  name: string,
  { type, min, max }: { type: "integer" | "number"; min: number; max: number },
): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const fits = typeof number === "number" && number >= min && number <= max;
  if (fits && (type === "number" || Number.isInteger(number))) return number;
  throw invalid(name, value, `${type === "integer" ? "a whole number" : "a number"} from ${min} to ${max}`);
}

function parseList(value: unknown, name: string): readonly string[] {
  const items: unknown[] = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [value];
  return Object.freeze(
    items
      .map((item) => {
        if (typeof item === "string") return item.trim();
        throw invalid(name, value, "a list of texts, or one text with commas");
      })
      .filter((item) => item !== ""),
  );
}

function parseUrl(value: unknown, name: string): string | null {
  if (value === null || value === "") return null;
  if (typeof value === "string" && URL.canParse(value)) {
    const { protocol } = new URL(value);
    if (protocol === "http:" || protocol === "https:") return value;
  }
  throw invalid(name, value, "an address that begins with http:// or https://");
}

function parseTrust(value: unknown, name: string): readonly string[] {
  if (value === false) return [];
  const text = typeof value === "string" ? value.trim().toLowerCase() : undefined;
  if (text === "false" || text === "off" || text === "no") return [];
  if (value === true || text === "true") {
    throw new ConfigError(
      "unsafe_option",
      name,
      `${name}: true would believe every stranger's X-Forwarded-For. Name the proxies instead: addresses, CIDR blocks or ranges such as "loopback" or "private".`,
    );
  }
  if (typeof value === "number" || (text !== undefined && /^\d+$/.test(text))) {
    throw new ConfigError(
      "unsafe_option",
      name,
      `${name}: ${String(value)} is a count of hops, which does not check who the next hop is: whoever reaches the app directly could write any address. Name the proxies instead: addresses, CIDR blocks or ranges such as "loopback" or "private".`,
    );
  }
  const entries = parseList(value, name);
  try {
    parseTrustList(entries);
  } catch (error) {
    if (error instanceof TrustListError) throw new ConfigError("invalid_option", name, `${name}: ${error.message}.`);
    throw error;
  }
  return entries;
}

function invalid(name: string, value: unknown, allowed: string, isSecret = false): ConfigError {
  const found = isSecret ? `a ${typeof value}` : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);
  return new ConfigError("invalid_option", name, `${name} is ${found}; allowed is ${allowed}.`);
}
