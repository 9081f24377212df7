/** How a value is written and checked. */
export type OptionKind =
  | { type: "boolean" }
  | { type: "integer"; min: number; max: number }
  | { type: "number"; min: number; max: number }
  | { type: "text"; secret?: true }
  | { type: "choice"; values: readonly string[] }
  | { type: "list" }
  | { type: "address" }
  | { type: "header" }
  | { type: "trust" }
  | CodeKind;

/** What a function of its own checks: lists, functions, patterns, tables. */
export interface CodeKind {
  type: "code";
  /** What is allowed, in words that end the sentence "allowed is …". */
  allowed: string;
  /** The value as it is used; throws a `TypeError` whose message says what is wrong. */
  parse: (value: unknown) => unknown;
  /** How an environment variable's text becomes a value for `parse`; without it there is no variable. */
  fromText?: (text: string) => unknown;
}

export const BOOLEAN: OptionKind = { type: "boolean" };
export const TEXT: OptionKind = { type: "text" };
export const SECRET: OptionKind = { type: "text", secret: true };
export const LIST: OptionKind = { type: "list" };
export const ADDRESS: OptionKind = { type: "address" };
export const HEADER: OptionKind = { type: "header" };

export const integer = (min: number, max: number): OptionKind => ({ type: "integer", min, max });
export const number = (min: number, max: number): OptionKind => ({ type: "number", min, max });
export const choice = (...values: string[]): OptionKind => ({ type: "choice", values });

/** What is shown of client addresses. */
export const ADDRESS_POLICY: OptionKind = choice("keep", "hash", "drop");

/** A name of another system that is understood too. */
export interface OptionAlias {
  env: string;
  /** How its value becomes ours. */
  convert?: (text: string) => string;
}

/** A name that other systems give an option where code sets it. */
export interface OptionName {
  name: string;
  /** How its value becomes ours. */
  convert?: (value: unknown) => unknown;
}

/** One option of a group: what holds where nothing is set, how it is checked, and one sentence about it. */
export interface OptionSpec<T> {
  default: T;
  kind: OptionKind;
  doc: string;
  aliases?: readonly (string | OptionAlias)[];
  names?: readonly (string | OptionName)[];
}

/** The options of one layer. */
export type GroupSpec<T> = { readonly [K in keyof T]-?: OptionSpec<T[K]> };

export function defaultsOf<T>(spec: GroupSpec<T>): T {
  return Object.fromEntries(
    Object.entries<OptionSpec<unknown>>(spec).map(([name, option]) => [name, option.default]),
  ) as T;
}
