import type { Attributes, Json } from "@gatewatch/protocol";
import { cutText, makeStorable } from "../clean-text.ts";

/** The first of the attributes that is a text which is not empty, or a number; cut at `length`. */
export function textOf(attributes: Attributes, length: number, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === "string" && value !== "") return makeStorable(cutText(value, length));
    if (typeof value === "number") return String(value);
  }
  return undefined;
}

/** The first of the attributes that is a number, or the digits of one. */
export function numberOf(attributes: Attributes, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === "number") return value;
    if (typeof value === "string" && /^\d{1,15}$/.test(value)) return Number(value);
  }
  return undefined;
}

/** A whole number of bytes, or nothing. */
export function sizeOf(attributes: Attributes, ...names: string[]): number | undefined {
  const size = numberOf(attributes, ...names);
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

/** The texts of an attribute that is a list, as those of headers are. */
export function textsOf(value: Json | undefined): string[] {
  const items = Array.isArray(value) ? value : [value];
  return items.filter((item): item is string => typeof item === "string");
}
