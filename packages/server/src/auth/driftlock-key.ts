import { randomBytes, randomUUID } from "node:crypto";

export const DRIFTLOCK_PREFIX = "dlk_";

const SHAPE = /^dlk_([\da-f]{8}-[\da-f]{4}-([\da-f])[\da-f]{3}-[\da-f]{4}-[\da-f]{12})\.[\w-]{43}$/;
/** Of the UUIDs of streams; those that name nothing are random, version 4. */
const STREAM_VERSION = "8";

/** A key of 32 random bytes. Its UUID is that of the only stream it may be used for, or random. */
export function createDriftlockKeyText(streamUuid: string | null): string {
  return `${DRIFTLOCK_PREFIX}${streamUuid ?? randomUUID()}.${randomBytes(32).toString("base64url")}`;
}

/** The stream that a key is bound to, null for a key of the whole project; undefined for what is no key. */
export function parseDriftlockKey(text: string): { streamUuid: string | null } | undefined {
  const found = SHAPE.exec(text);
  return found === null ? undefined : { streamUuid: found[2] === STREAM_VERSION ? found[1]! : null };
}
