import { cutText, makeStorable } from "./clean-text.ts";
import { type EventProblem, wrongField } from "./event-problem.ts";

type Fields = Record<string, unknown>;

/**
 * Reads the fields of one hostile object after another and remembers the first problem, so that readers are straight lines without throws.
 * What is returned after a problem is of the right type and meaningless.
 */
export class FieldSource {
  problem: EventProblem | undefined;

  fail(problem: EventProblem): void {
    this.problem ??= problem;
  }

  /** A text, cut at `length`. */
  text(fields: Fields, name: string, length: number): string {
    const value = fields[name];
    if (typeof value === "string") return makeStorable(cutText(value, length));
    this.fail(wrongField(name, value, "a text"));
    return "";
  }

  optionalText(fields: Fields, name: string, length: number): string | undefined {
    return fields[name] === undefined ? undefined : this.text(fields, name, length);
  }

  nullableText(fields: Fields, name: string, length: number): string | null {
    return fields[name] === null ? null : this.text(fields, name, length);
  }

  /** A text that must not be longer than `length`, since it names something. */
  identity(fields: Fields, name: string, length: number, minLength = 0): string {
    const value = fields[name];
    if (typeof value === "string" && value.length <= length && value.length >= minLength) return makeStorable(value);
    this.fail(
      wrongField(name, value, `a text of ${minLength === 0 ? "at most" : `${minLength} to`} ${length} characters`),
    );
    return "";
  }

  optionalIdentity(fields: Fields, name: string, length: number): string | undefined {
    return fields[name] === undefined ? undefined : this.identity(fields, name, length);
  }

  matching(fields: Fields, name: string, pattern: RegExp, expected: string): string {
    const value = fields[name];
    if (typeof value === "string" && pattern.test(value)) return value;
    this.fail(wrongField(name, value, expected));
    return "";
  }

  oneOf<T extends string>(fields: Fields, name: string, words: readonly T[]): T {
    const found = words.find((word) => word === fields[name]);
    if (found !== undefined) return found;
    this.fail(wrongField(name, fields[name], `one of ${words.join(", ")}`));
    return words[0]!;
  }

  boolean(fields: Fields, name: string): boolean {
    const value = fields[name];
    if (typeof value === "boolean") return value;
    this.fail(wrongField(name, value, "true or false"));
    return false;
  }

  number(fields: Fields, name: string): number {
    const value = fields[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.fail(wrongField(name, value, "a number"));
    return 0;
  }

  optionalInteger(fields: Fields, name: string, min: number, max: number): number | undefined {
    const value = fields[name];
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
    this.fail(wrongField(name, value, `a whole number from ${min} to ${max}`));
    return undefined;
  }

  object(fields: Fields, name: string): Fields {
    const value = fields[name];
    if (isFields(value)) return value;
    this.fail(wrongField(name, value, "an object"));
    return {};
  }

  list(fields: Fields, name: string): unknown[] {
    const value = fields[name];
    if (Array.isArray(value)) return value;
    this.fail(wrongField(name, value, "a list"));
    return [];
  }

  objects(fields: Fields, name: string): Fields[] {
    const items = this.list(fields, name);
    const bad = items.find((item) => !isFields(item));
    if (bad === undefined && !items.includes(undefined)) return items as Fields[];
    this.fail(wrongField(`an item of ${name}`, bad, "an object"));
    return [];
  }

  texts(fields: Fields, name: string, count: number, length: number): string[] {
    const items = this.list(fields, name);
    const bad = items.find((item) => typeof item !== "string");
    if (bad !== undefined) this.fail(wrongField(`an item of ${name}`, bad, "a text"));
    return items.slice(0, count).map((item) => makeStorable(cutText(typeof item === "string" ? item : "", length)));
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
