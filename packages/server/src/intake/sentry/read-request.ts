import { type Json, type RequestContext, type UserInfo } from "@gatewatch/protocol";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import { REDACTED } from "@gatewatch/protocol/redact/redactor";
import { methodPattern } from "@gatewatch/protocol/schema/event-schema";
import { IDENTITY_LENGTHS, TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { DecodeContext } from "../../model/decoder.ts";
import { cutText, makeStorable } from "../clean-text.ts";
import { isFields } from "../field-source.ts";
import type { FactsReader } from "../read-facts.ts";
import { isStatus } from "../request-fields.ts";
import { type Fields, fieldsOf, nameOf, pairsOf, readLoose, textOf } from "./loose-values.ts";

const METHOD = new RegExp(methodPattern);
/** What clients write where the server is to tell the address of the connection. */
const AUTO = "{{auto}}";
/** Where the name of a transaction of a server comes from when it stands for many exchanges. */
const NAMED: ReadonlySet<string> = new Set(["route", "component", "view", "custom"]);

/** The exchange during which an event happened; undefined when it tells of none. */
export function tryReadRequest(event: Fields, context: DecodeContext, facts: FactsReader): RequestContext | undefined {
  const given = event["request"];
  if (!isFields(given) || Object.keys(given).length === 0) return undefined;
  const url = textOf(given["url"], TRUNCATED_LENGTHS.url) ?? "/";
  const search = searchOf(given["query_string"]);
  const headers = readHeaders(given["headers"]);
  const request: RequestContext = {
    method: methodOf(given["method"]) ?? "GET",
    url: cutText(search === "" || url.includes("?") ? url : `${url}?${search}`, TRUNCATED_LENGTHS.url),
    headers: Object.fromEntries(headers),
    query: readQuery(search),
  };
  if (given["cookies"] !== undefined && given["cookies"] !== null && !headers.has("cookie"))
    request.headers["cookie"] = REDACTED;
  const route = routeOf(event);
  if (route !== undefined) request.route = route;
  const contentType = textOf(headers.get("content-type"), TRUNCATED_LENGTHS.contentType);
  if (contentType !== undefined) request.contentType = contentType;
  const userAgent = textOf(headers.get("user-agent"), TRUNCATED_LENGTHS.userAgent);
  if (userAgent !== undefined) request.userAgent = userAgent;
  const client = readClient(event, context);
  if (client !== undefined) request.client = client;
  const status = fieldsOf(fieldsOf(event["contexts"])["response"])["status_code"];
  if (isStatus(status)) request.status = status;
  const body = readBody(given["data"], facts);
  if (body !== undefined) request.body = body;
  return request;
}

/** `{{auto}}` is the connection's own address; a pseudonym, or nothing without a key for it. */
export function readClient(event: Fields, context: DecodeContext): string | undefined {
  const user = fieldsOf(event["user"])["ip_address"];
  const env = fieldsOf(fieldsOf(event["request"])["env"])["REMOTE_ADDR"];
  const given = user === AUTO || user === undefined || user === null ? (env ?? user) : user;
  const address = given === AUTO ? context.address : nameOf(given, IDENTITY_LENGTHS.client);
  if (address === undefined || context.addressKey === null) return undefined;
  return pseudonymiseAddress(address, context.addressKey);
}

export function methodOf(value: unknown): string | undefined {
  const method = typeof value === "string" ? value.toUpperCase() : undefined;
  return method !== undefined && METHOD.test(method) ? method : undefined;
}

/** The template of the route, or the name of the handler, where the name of a transaction is one; never an address. */
export function routeOf(event: Fields): string | undefined {
  const name = nameOf(event["transaction"], IDENTITY_LENGTHS.route);
  const { source } = fieldsOf(event["transaction_info"]);
  if (name === undefined || source === "url") return undefined;
  const bare = /^[A-Z]{3,16} (\/.*)$/.exec(name)?.[1] ?? name;
  return bare.startsWith("/") || (typeof source === "string" && NAMED.has(source)) ? bare : undefined;
}

/** Undefined without anything that tells who it is. */
export function tryReadUser(event: Fields): UserInfo | undefined {
  const given = fieldsOf(event["user"]);
  const id = nameOf(given["id"], IDENTITY_LENGTHS.userId);
  const username = nameOf(given["username"] ?? given["name"], IDENTITY_LENGTHS.userId);
  const email = nameOf(given["email"], IDENTITY_LENGTHS.userId);
  if (id === undefined && username === undefined && email === undefined) return undefined;
  const user: UserInfo = { authenticated: true, id: id ?? username ?? email ?? null, username: username ?? null };
  if (email !== undefined) user.email = email;
  return user;
}

function readHeaders(given: unknown): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairsOf(given)) {
    if (headers.size >= TRUNCATED_COUNTS.headers) break;
    const text = Array.isArray(value) ? value.filter((item) => typeof item === "string").join(", ") : value;
    const kept = textOf(text, TRUNCATED_LENGTHS.url);
    // Names without case, so that one is not there twice.
    if (kept !== undefined) headers.set(makeStorable(cutText(name, TRUNCATED_LENGTHS.type)).toLowerCase(), kept);
  }
  return headers;
}

/** As one text, whether it came as such, as an object or as a list of pairs. */
function searchOf(given: unknown): string {
  if (typeof given === "string") return makeStorable(cutText(given.replace(/^\?/, ""), TRUNCATED_LENGTHS.url));
  const search = new URLSearchParams();
  for (const [name, value] of pairsOf(given).slice(0, TRUNCATED_COUNTS.headers)) {
    for (const item of Array.isArray(value) ? value.slice(0, TRUNCATED_COUNTS.headers) : [value])
      search.append(name, textOf(item, TRUNCATED_LENGTHS.url) ?? "");
  }
  return cutText(search.toString(), TRUNCATED_LENGTHS.url);
}

function readQuery(search: string): Record<string, string | string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(search)) {
    const key = makeStorable(cutText(name, TRUNCATED_LENGTHS.type));
    const values = query.get(key);
    if (values !== undefined) values.push(makeStorable(value));
    else if (query.size < TRUNCATED_COUNTS.headers) query.set(key, [makeStorable(value)]);
  }
  return Object.fromEntries(Array.from(query, ([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

/** A body that is JSON or a form is kept as such: secrets are then told by their names. */
function readBody(given: unknown, facts: FactsReader): Json | undefined {
  if (given === undefined || given === null || given === "") return undefined;
  return readLoose(typeof given === "string" ? parseBody(given) : given, facts);
}

function parseBody(text: string): unknown {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return /^[\w.~%+[\]-]{1,100}=[^\s]*$/.test(text) ? readQuery(cutText(text, TRUNCATED_LENGTHS.url)) : text;
}
