import { createHash } from "node:crypto";
import type { Exchange } from "../../gate/exchange.ts";
import type { LimitKey } from "../../options/groups/rate-limit.ts";

/** Everybody whose address is unknown is one client. */
const UNKNOWN = "unknown";

/** Whose request this is; a promise only when a function of the user's gives one. A function that fails falls back to the address. */
export function createKeyReader(
  foldAddress: (address: string) => string,
  countFailure: () => void,
): (x: Exchange, key: LimitKey) => string | Promise<string> {
  const readAddress = (x: Exchange): string => {
    const address = x.clientAddress;
    return address === undefined ? UNKNOWN : foldAddress(address);
  };
  const take = (x: Exchange, found: unknown): string => {
    if (typeof found === "string" && found !== "") return found;
    if (typeof found === "number") return String(found);
    return readAddress(x);
  };
  const fail = (x: Exchange): string => {
    countFailure();
    return readAddress(x);
  };
  return (x, key) => {
    if (key === "address") return readAddress(x);
    if (key === "user") {
      const id = x.user()?.id;
      return id === undefined || id === null ? readAddress(x) : `user:${id}`;
    }
    if (key === "token") {
      const token = x.headers.get("authorization");
      return token === undefined || token === "" ? readAddress(x) : `token:${digest(token)}`;
    }
    try {
      const found = key(x);
      if (!(found instanceof Promise)) return take(x, found);
      return found.then(
        (text) => take(x, text),
        () => fail(x),
      );
    } catch {
      return fail(x);
    }
  };
}

/** Tokens are secrets: only their digest is kept, here and in Redis. */
function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
