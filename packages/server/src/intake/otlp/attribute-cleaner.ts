import { type Attributes, type Json, WIRE_LIMITS } from "@gatewatch/protocol";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import { REDACTED, type Redactor } from "@gatewatch/protocol/redact/redactor";
import { IDENTITY_LENGTHS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import { textsOf } from "./attribute-values.ts";
import { nestsDeeper } from "../nests-deeper.ts";

/** Where semantic conventions, new and old, put the address of a person's machine. */
export const CLIENT_ADDRESSES = [
  "client.address",
  "http.client_ip",
  "source.address",
  "network.peer.address",
  "net.sock.peer.addr",
  "net.peer.ip",
];
const ADDRESS_KEYS: ReadonlySet<string> = new Set(CLIENT_ADDRESSES);
const URL_KEYS: ReadonlySet<string> = new Set(["url.full", "url.original", "url.path", "http.url", "http.target"]);
const HEADER = /^http\.(?:request|response)\.header\./;

/** JSON in a text is opened where it lies no deeper, and nests no deeper, than this; else the text stays one. */
const MAX_TEXT_DEPTH = 6;

export interface AttributeCleaner {
  /**
   * The attributes of an item as facts of an event: bounded, and clean where a secret shows by its dotted name alone. What shows by
   * itself goes with the rest of the event. None: undefined.
   */
  attributes(
    attributes: Attributes,
    addressKey: Uint8Array | null,
    leaveOut: (key: string) => boolean,
  ): Attributes | undefined;
  /** A body as a text; one of fields or items, or of JSON, is cleaned as attributes are. */
  body(body: Json, addressKey: Uint8Array | null): string;
}

export function createAttributeCleaner(redactor: Redactor): AttributeCleaner {
  function cleanField(key: string, value: Json, addressKey: Uint8Array | null, depth: number): Json | undefined {
    if (ADDRESS_KEYS.has(key)) return cleanAddress(value, addressKey);
    if (typeof value === "string" && URL_KEYS.has(key)) return redactor.redactUrl(makeStorable(value));
    if (typeof value === "string" && key === "url.query") return redactor.redactUrl(`?${makeStorable(value)}`).slice(1);
    if (HEADER.test(key)) {
      const name = key.replace(HEADER, "");
      return redactor.redactHeaders({ [name]: textsOf(value).map(makeStorable) })[name];
    }
    if (redactor.isSensitiveKey(key.slice(key.lastIndexOf(".") + 1))) return REDACTED;
    return cleanValue(value, addressKey, depth);
  }

  /** What lies in values is cleaned by its own names. */
  function cleanValue(value: Json, addressKey: Uint8Array | null, depth: number): Json {
    if (typeof value === "string") {
      const opened = depth > MAX_TEXT_DEPTH ? undefined : tryOpenJson(value);
      if (opened === undefined) return makeStorable(cutText(value, WIRE_LIMITS.maxStringLength));
      // What stands in an opened text is not opened again.
      return cleanValue(opened, addressKey, MAX_TEXT_DEPTH + 1);
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => cleanValue(item, addressKey, depth + 1));
    return cleanFields(value, addressKey, depth + 1, Number.POSITIVE_INFINITY, () => false);
  }

  function cleanFields(
    fields: Attributes,
    addressKey: Uint8Array | null,
    depth: number,
    limit: number,
    leaveOut: (key: string) => boolean,
  ): Attributes {
    const entries: [string, Json][] = [];
    for (const key of Object.keys(fields)) {
      if (leaveOut(key)) continue;
      if (entries.length === limit) break;
      const value = cleanField(key, fields[key]!, addressKey, depth);
      if (value !== undefined) entries.push([makeStorable(cutText(key, TRUNCATED_LENGTHS.type)), value]);
    }
    return Object.fromEntries(entries);
  }

  return {
    attributes(attributes, addressKey, leaveOut) {
      const fields = cleanFields(attributes, addressKey, 0, WIRE_LIMITS.maxAttributes, leaveOut);
      return Object.keys(fields).length === 0 ? undefined : fields;
    },
    body(body, addressKey) {
      const opened = typeof body === "string" ? (tryOpenJson(body) ?? body) : body;
      if (typeof opened !== "object" || opened === null) return String(opened ?? "");
      // Afterwards it is a text, in which names tell less.
      return JSON.stringify(redactor.redactValue(cleanValue(opened, addressKey, 0)));
    },
  };
}

/** A pseudonym; without a key the address is left out. */
export function cleanAddress(value: Json | undefined, addressKey: Uint8Array | null): string | undefined {
  if (typeof value !== "string" || value === "" || value.length > IDENTITY_LENGTHS.client || addressKey === null)
    return undefined;
  return pseudonymiseAddress(value, addressKey);
}

/** Bodies and structured lines come as JSON in a text: opened, secrets in them are told by their names. */
function tryOpenJson(text: string): Json | undefined {
  if (!/^\s{0,20}[[{]/.test(text)) return undefined;
  try {
    const parsed = JSON.parse(text) as Json;
    return nestsDeeper(parsed, MAX_TEXT_DEPTH) ? undefined : parsed;
  } catch {
    return undefined;
  }
}
