import { Type, type TSchema } from "typebox";

/** Gives a schema the name under which OpenAPI lists it once and refers to it. */
export function named<Schema extends TSchema>(name: string, schema: Schema): Schema {
  return { ...schema, $id: name };
}

/** An object of exactly these properties. */
export const exact = { additionalProperties: false } as const;

/** Epoch milliseconds. */
export const Time = Type.Integer({ minimum: 0, description: "Epoch milliseconds" });
export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
export const Count = Type.Integer({ minimum: 0 });

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return Type.Unsafe<Words[number]>({ type: "string", enum: [...words] });
}
