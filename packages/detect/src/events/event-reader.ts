import type { FieldNode, FieldTree } from "./field-node.ts";
import { joinPath } from "./field-node.ts";
import { hashNumber, hashText, mix } from "./hash.ts";
import { formOf, splitPairs, splitUrl } from "./split-text.ts";

export const MAX_ENTRIES = 128;
const MAX_DEPTH = 8;
const MAX_LIST = 24;
const MAX_JSON = 16_384;
const MAX_NUMERAL = 24;

/** What stands at a place. */
export const [NUMBER, FRACTION, NUMERAL, TEXT, EMPTY, YES_NO, NULL, LIST, OBJECT, UNREADABLE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const;
export const KINDS = 10;
export const KIND_NAMES = [
  "a whole number",
  "a number with a fraction",
  "digits in a text",
  "a text",
  "an empty text",
  "true or false",
  "null",
  "a list",
  "an object",
  "something unreadable",
];

/** An event flattened into places and values. One reader is used again and again; whatever an event is made of, it ends and does not throw. */
export class EventReader {
  count = 0;
  /** Undefined for places that are not known. */
  readonly nodes: (FieldNode | undefined)[] = [];
  readonly kinds = new Uint8Array(MAX_ENTRIES);
  readonly hashes = new Int32Array(MAX_ENTRIES);
  readonly numbers = new Float64Array(MAX_ENTRIES);
  readonly texts: string[] = [];
  /** Paths of the places that are not known, by entry. */
  readonly unknown: (string | undefined)[] = [];
  hasUnknown = false;
  readonly #tree: FieldTree;
  #creates = false;

  constructor(tree: FieldTree) {
    this.#tree = tree;
  }

  /** @param creates whether places that are not known become known */
  read(event: unknown, creates: boolean): void {
    this.count = 0;
    this.hasUnknown = false;
    this.#creates = creates;
    if (typeof event === "object" && event !== null) this.#walk(event, this.#tree.root, 1);
  }

  /** Nothing of the event is kept alive. */
  release(): void {
    for (let at = 0; at < this.count; at++) this.texts[at] = "";
  }

  #walk(value: object, parent: FieldNode, depth: number): void {
    let left = MAX_ENTRIES;
    try {
      for (const name in value) {
        if (this.count >= MAX_ENTRIES || left-- <= 0) return;
        if (!Object.hasOwn(value, name)) continue;
        let member: unknown;
        try {
          member = (value as Record<string, unknown>)[name];
        } catch {
          this.#emit(parent, name, UNREADABLE, 0, "");
          continue;
        }
        this.#take(parent, name, member, depth);
      }
    } catch {
      this.#emit(parent, "(unreadable)", UNREADABLE, 0, "");
    }
  }

  #take(parent: FieldNode, name: string, value: unknown, depth: number): void {
    switch (typeof value) {
      case "number":
        if (!Number.isFinite(value)) this.#emit(parent, name, UNREADABLE, 0, String(value));
        else this.#emit(parent, name, Number.isInteger(value) ? NUMBER : FRACTION, value, "");
        return;
      case "bigint":
        this.#emit(parent, name, NUMBER, clampBigint(value), "");
        return;
      case "string":
        this.#takeText(parent, name, value, depth);
        return;
      case "boolean":
        this.#emit(parent, name, YES_NO, value ? 1 : 0, "");
        return;
      case "object":
        if (value === null) this.#emit(parent, name, NULL, 0, "");
        else if (depth < MAX_DEPTH) this.#takeObject(parent, name, value, depth);
        else this.#emit(parent, name, OBJECT, 0, "");
    }
  }

  #takeObject(parent: FieldNode, name: string, value: object, depth: number): void {
    let isList = false;
    try {
      if (value instanceof Date || ArrayBuffer.isView(value)) return;
      isList = Array.isArray(value);
    } catch {
      this.#emit(parent, name, UNREADABLE, 0, "");
      return;
    }
    const node = this.#emit(parent, name, isList ? LIST : OBJECT, 0, "");
    if (node === undefined) return;
    if (isList) this.#takeList(node, value as readonly unknown[], depth);
    else this.#walk(value, node, depth + 1);
  }

  #takeList(node: FieldNode, list: readonly unknown[], depth: number): void {
    try {
      const { length } = list;
      this.#emit(node, "[length]", NUMBER, Number(length), "");
      let before = 0;
      for (let at = 0; at < length && at < MAX_LIST && this.count < MAX_ENTRIES; at++) {
        const from = this.count;
        this.#take(node, "[]", list[at], depth + 1);
        const hash = this.count > from ? this.hashes[from]! : 0;
        if (at > 0 && this.kinds[from] !== OBJECT) this.#emit(node, "[order]", YES_NO, mix(before, hash), "");
        before = hash;
      }
    } catch {
      this.#emit(node, "[]", UNREADABLE, 0, "");
    }
  }

  #takeText(parent: FieldNode, name: string, text: string, depth: number): void {
    const { length } = text;
    if (length === 0) {
      this.#emit(parent, name, EMPTY, 0, text);
      return;
    }
    const first = text.charCodeAt(0);
    if (length <= MAX_NUMERAL && first < 58) {
      const value = readNumeral(text);
      if (value !== undefined) {
        this.#emit(parent, name, NUMERAL, value, text);
        return;
      }
    }
    if (depth < MAX_DEPTH) {
      if ((first === 123 || first === 91) && length <= MAX_JSON && this.#takeJson(parent, name, text, depth)) return;
      const form = formOf(text);
      if (form !== undefined) return this.#takeForm(parent, name, text, form, depth);
    }
    this.#emit(parent, name, TEXT, 0, text);
  }

  #takeForm(
    parent: FieldNode,
    name: string,
    text: string,
    form: "url" | "form" | "request line" | "cookies",
    depth: number,
  ): void {
    const node = this.#emit(parent, name, OBJECT, 0, "");
    if (node === undefined) return;
    if (form === "form" || form === "cookies") {
      splitPairs(text, 0, form === "form" ? "&" : ";", (key, value) => this.#takePair(node, key, value));
      return;
    }
    let url = text;
    if (form === "request line") {
      const space = text.indexOf(" ");
      this.#emit(node, "method", TEXT, 0, text.slice(0, space));
      url = text.slice(space + 1, text.lastIndexOf(" "));
    }
    const { host, path, query } = splitUrl(url);
    if (host >= 0) this.#emit(node, "host", TEXT, 0, url.slice(host, path));
    this.#emit(node, "path", TEXT, 0, url.slice(path, query < 0 ? url.length : query));
    if (query >= 0) splitPairs(url, query + 1, "&", (key, value) => this.#takePair(node, `?${key}`, value));
    void depth;
  }

  #takePair(node: FieldNode, key: string, value: string): void {
    if (this.count >= MAX_ENTRIES) return;
    if (value.length === 0) this.#emit(node, key, EMPTY, 0, value);
    else {
      const number = value.length <= MAX_NUMERAL && value.charCodeAt(0) < 58 ? readNumeral(value) : undefined;
      if (number === undefined) this.#emit(node, key, TEXT, 0, value);
      else this.#emit(node, key, NUMERAL, number, value);
    }
  }

  /** A text of JSON is what it says. */
  #takeJson(parent: FieldNode, name: string, text: string, depth: number): boolean {
    try {
      const value = JSON.parse(text) as unknown;
      this.#take(parent, name, value, depth + 1);
      return true;
    } catch {
      return false;
    }
  }

  #emit(parent: FieldNode, name: string, kind: number, number: number, text: string): FieldNode | undefined {
    const at = this.count;
    if (at >= MAX_ENTRIES) return undefined;
    const node = this.#creates ? this.#tree.create(parent, name) : this.#tree.find(parent, name);
    if (node?.role === "time") return undefined;
    this.count++;
    this.nodes[at] = node;
    this.kinds[at] = kind;
    this.numbers[at] = number;
    this.texts[at] = text;
    this.hashes[at] =
      kind === TEXT || kind === NUMERAL
        ? hashText(text)
        : kind <= FRACTION
          ? hashNumber(number)
          : mix(kind, number | 0);
    if (node === undefined) {
      this.hasUnknown = true;
      this.unknown[at] = joinPath(parent.path, name.slice(0, 64));
    }
    return node;
  }
}

/** Forms send numbers as texts; so are names made of digits, whose size says something as well. */
function readNumeral(text: string): number | undefined {
  const first = text.charCodeAt(0);
  const start = first === 43 || first === 45 ? text.charCodeAt(1) : first;
  if (!((start >= 48 && start <= 57) || start === 46)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function clampBigint(value: bigint): number {
  const number = Number(value);
  return Number.isFinite(number) ? number : Math.sign(number) * Number.MAX_VALUE;
}
