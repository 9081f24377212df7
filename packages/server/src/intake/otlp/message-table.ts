import type { Attributes, Json } from "@gatewatch/protocol";

/** What a field of each kind becomes; numbers of 64 bits lose their last digits, which are parts of a microsecond. */
interface Scalars {
  text: string;
  /** Bytes told as lower-case hex digits. */
  hex: string;
  flag: boolean;
  /** A varint that fits a double: enums, sizes, flags. */
  count: number;
  /** Eight bytes, unsigned. */
  fixed64: number;
  /** Eight bytes, signed. */
  sfixed64: number;
  double: number;
  /** `AnyValue` */
  value: Json;
  /** `repeated KeyValue` */
  attributes: Attributes;
}

export type Kind = keyof Scalars | MessageTable | readonly [Kind];
type Fields = Readonly<Record<string, readonly [number: number, kind: Kind]>>;

interface Field {
  /** As JSON spells it. */
  name: string;
  /** As the schema spells it, which JSON may too. */
  schemaName: string;
  /** Of one item. */
  kind: keyof Scalars | MessageTable;
  repeated: boolean;
}

/** The fields of one message: all that is read of it, in both encodings. */
export interface MessageTable<F extends Fields = Fields> {
  readonly fields: F;
  readonly list: readonly Field[];
  readonly byNumber: readonly (Field | undefined)[];
}

type ValueOf<K> = K extends keyof Scalars
  ? Scalars[K]
  : K extends MessageTable<infer F>
    ? FieldsOf<F>
    : K extends readonly [infer Item]
      ? ValueOf<Item>[]
      : never;
type FieldsOf<F extends Fields> = { [Name in keyof F]?: ValueOf<F[Name][1]> };

/** A message as both encodings give it; what was not sent is absent. */
export type Message<T extends MessageTable> = FieldsOf<T["fields"]>;

/** Name → number and kind, `[kind]` for repeated fields. */
export function defineMessage<const F extends Fields>(fields: F): MessageTable<F> {
  const list: Field[] = [];
  const byNumber: (Field | undefined)[] = [];
  for (const [name, [number, kind]] of Object.entries(fields)) {
    const field: Field = {
      name,
      schemaName: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      kind: itemOf(kind),
      repeated: Array.isArray(kind),
    };
    list.push(field);
    byNumber[number] = field;
  }
  return { fields, list, byNumber };
}

function itemOf(kind: Kind): keyof Scalars | MessageTable {
  if (typeof kind === "string") return kind;
  return "list" in kind ? kind : itemOf(kind[0]);
}

/** What one request may be made of: an empty message of two bytes costs a hundred times as much memory. */
export class PartBudget {
  left = 250_000;

  /** False when the request has too many parts. */
  take(): boolean {
    return --this.left >= 0;
  }
}

/** Lists and maps inside of each other in a value; what lies deeper is not read. */
export const MAX_VALUE_DEPTH = 12;
export const TOO_DEEP = "[nested too deep]";

/** Adds an attribute; a hostile name stays a name. */
export function setAttribute(attributes: Attributes, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  else attributes[key] = value;
}
