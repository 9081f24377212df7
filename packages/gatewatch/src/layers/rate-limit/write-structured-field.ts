/** Bare items of RFC 9651, section 3.3: integers as numbers, strings as texts, byte sequences as bytes, booleans. */
export type BareItem = number | string | boolean | Uint8Array;
export type Parameters = Readonly<Record<string, BareItem>>;

export interface Item {
  value: BareItem;
  parameters?: Parameters;
}

const MAX_INTEGER = 999_999_999_999_999;
const KEY = /^[a-z*][a-z0-9_.*-]*$/;

/** A list of items (RFC 9651, section 4.1.1). @throws TypeError for what has no form on the wire */
export function writeList(items: readonly Item[]): string {
  return items.map((item) => writeItem(item)).join(", ");
}

/** @throws TypeError for what has no form on the wire */
export function writeItem({ value, parameters }: Item): string {
  return writeBareItem(value) + (parameters === undefined ? "" : writeParameters(parameters));
}

/** RFC 9651, section 4.1.1.2. @throws TypeError */
export function writeParameters(parameters: Parameters): string {
  let text = "";
  for (const [name, value] of Object.entries(parameters)) {
    if (!KEY.test(name)) throw new TypeError(`${JSON.stringify(name)} is no key of a structured field`);
    text += value === true ? `;${name}` : `;${name}=${writeBareItem(value)}`;
  }
  return text;
}

/** RFC 9651, section 4.1.3.1. @throws TypeError */
export function writeBareItem(value: BareItem): string {
  switch (typeof value) {
    case "number":
      return writeInteger(value);
    case "string":
      return writeString(value);
    case "boolean":
      return value ? "?1" : "?0";
    default:
      return `:${Buffer.from(value).toString("base64")}:`;
  }
}

function writeInteger(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > MAX_INTEGER) {
    throw new TypeError(`${value} is no integer of at most 15 digits`);
  }
  // Zero has no sign.
  return String(value + 0);
}

/** RFC 9651, section 4.1.6: printable ASCII only. */
function writeString(value: string): string {
  let text = '"';
  for (const character of value) {
    if (character < " " || character > "~") throw new TypeError("a string of a structured field is printable ASCII");
    text += character === '"' || character === "\\" ? `\\${character}` : character;
  }
  return `${text}"`;
}
