import type { UserInfo } from "@gatewatch/protocol";

const ID_FIELDS = ["id", "_id", "userId", "sub", "uid"] as const;
const NAME_FIELDS = ["username", "login", "name", "displayName"] as const;

/** The user as authentication libraries leave it on the request; undefined when there is none. */
export function readUser(value: unknown): UserInfo | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  if (typeof value !== "object") {
    const id = toId(value);
    return id === null ? undefined : { authenticated: true, id, username: null };
  }
  const email = readText(value, "email");
  const user: UserInfo = { authenticated: true, id: firstId(value), username: firstName(value) };
  if (email !== null) user.email = email;
  return user;
}

function firstId(value: object): string | number | null {
  for (const field of ID_FIELDS) {
    const id = toId(Reflect.get(value, field));
    if (id !== null) return id;
  }
  return null;
}

function firstName(value: object): string | null {
  for (const field of NAME_FIELDS) {
    const name = readText(value, field);
    if (name !== null) return name;
  }
  return null;
}

function readText(value: object, field: string): string | null {
  const found: unknown = Reflect.get(value, field);
  return typeof found === "string" && found !== "" ? found : null;
}

function toId(value: unknown): string | number | null {
  if (typeof value === "string") return value === "" ? null : value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return value.toString();
  // MongoDB's ObjectId and kin.
  if (typeof value === "object" && value !== null && "toHexString" in value) return String(value);
  return null;
}
