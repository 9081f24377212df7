import { createHash } from "node:crypto";

/** A Lua script and the name under which Redis keeps it. */
export interface RedisScript {
  readonly source: string;
  /** SHA-1 in hex, as EVALSHA wants it. */
  readonly sha: string;
}

export function createRedisScript(source: string): RedisScript {
  return Object.freeze({ source, sha: createHash("sha1").update(source).digest("hex") });
}
