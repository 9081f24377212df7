import type { Attributes, Json } from "@gatewatch/protocol";

/** A configuration fit to be shown: values that the schema marks `secret` become a hint; without a schema everything does. */
export function hideSecrets(schema: Attributes | null, config: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, isSecret(schema, key) ? hintOf(value) : value]),
  );
}

/** What a form sent back, with every secret that still reads as its hint put back as it was. */
export function keepSecrets(schema: Attributes, sent: Attributes, stored: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(sent).map(([key, value]) => {
      const before = stored[key];
      const untouched = isSecret(schema, key) && before !== undefined && value === hintOf(before);
      return [key, untouched ? before : value];
    }),
  );
}

function isSecret(schema: Attributes | null, key: string): boolean {
  if (schema === null) return true;
  const properties = schema.properties;
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) return true;
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
  // A key that the schema does not know may be anything, a secret included.
  if (typeof property !== "object" || property === null || Array.isArray(property)) return true;
  return property.secret === true || property.writeOnly === true;
}

function hintOf(value: Json): string {
  return typeof value === "string" && value.length >= 16 ? `…${value.slice(-4)}` : "…";
}
