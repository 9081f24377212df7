import type { Clock } from "../model/clock.ts";
import type { CredentialPrincipal } from "../model/principal.ts";
import type { Shared } from "../model/shared.ts";
import type { CredentialRecord, Store } from "../model/store.ts";
import { DRIFTLOCK_PREFIX, parseDriftlockKey } from "./driftlock-key.ts";
import { hashSecret, isSameHash } from "./hash-secret.ts";
import { isTokenText } from "./token-format.ts";

/** Topic of `Shared` on which a revocation is told to every process. */
const CREDENTIAL_REVOKED_TOPIC = "credential-revoked";

const KNOWN_FOR_MS = 5_000;
/** How long an answer of the store is believed while the store cannot be asked again. */
const BELIEVED_FOR_MS = 15 * 60_000;
const UNKNOWN_FOR_MS = 2_000;
const MAX_KNOWN = 10_000;
const MAX_UNKNOWN = 1_000;
const MAX_SECRET_LENGTH = 256;
const TOUCH_EVERY_MS = 60_000;
const FLUSH_EVERY_MS = 10_000;
const DSN_KEY = /^[0-9a-f]{32}$/;

/** Finds out who a credential belongs to. */
export interface Authenticator {
  /** `header` is the whole `Authorization` value, `Bearer …`; null when it proves nobody. */
  authenticate(header: string | undefined): Promise<CredentialPrincipal | null>;
  /** The same without waiting (about a microsecond): undefined when the store has to be asked. */
  authenticateNow(header: string | undefined): CredentialPrincipal | null | undefined;
  /** For clients that send a bare token, key or secret in a place of their own. */
  authenticateSecret(secret: string): Promise<CredentialPrincipal | null>;
  /** For Driftlock's API, the only place where its keys are taken: some may be used for one stream alone. */
  authenticateDriftlockKey(key: string): Promise<CredentialPrincipal | null>;
  /** Writes the times of last use that were gathered. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Known {
  principal: CredentialPrincipal;
  until: number;
  /** When the store said so. */
  toldAt: number;
}

/** Builds the authenticator: answers are kept for 5 s (15 min while the store does not answer), revocations are heard at once. */
export function createAuthenticator(deps: {
  store: Pick<Store, "control">;
  shared: Pick<Shared, "subscribe">;
  clock: Clock;
}): Authenticator {
  const known = new Map<string, Known>();
  const unknown = new Map<string, number>();
  const asked = new Map<string, Promise<CredentialPrincipal | null>>();
  const uses = new Map<number, number>();
  const touchedAt = new Map<number, number>();
  // A revocation heard while the store is being asked must win over the older answer.
  let revocations = 0;
  let isStoreAway = false;

  const stopListening = deps.shared.subscribe(CREDENTIAL_REVOKED_TOPIC, () => {
    revocations += 1;
    known.clear();
  });
  const timer = setInterval(() => void flush().catch(() => {}), FLUSH_EVERY_MS);
  timer.unref();

  function lookNow(lookup: string): CredentialPrincipal | null | undefined {
    const now = deps.clock();
    const hit = known.get(lookup);
    if (hit && hit.until > now) {
      noteUse(hit.principal.credentialId, now);
      return hit.principal;
    }
    const missUntil = unknown.get(lookup);
    if (missUntil !== undefined && missUntil > now) return null;
    return undefined;
  }

  async function look(lookup: string): Promise<CredentialPrincipal | null> {
    const quick = lookNow(lookup);
    if (quick !== undefined) return quick;
    const work = asked.get(lookup) ?? ask(lookup);
    const believed = isStoreAway ? findBelieved(lookup) : undefined;
    if (believed === undefined) return work;
    // Nobody waits for a store that has not answered the last time.
    work.catch(() => {});
    return believed.principal;
  }

  function ask(lookup: string): Promise<CredentialPrincipal | null> {
    const work = askStore(lookup).finally(() => asked.delete(lookup));
    asked.set(lookup, work);
    return work;
  }

  function findBelieved(lookup: string): Known | undefined {
    const entry = known.get(lookup);
    return entry !== undefined && deps.clock() < entry.toldAt + BELIEVED_FOR_MS ? entry : undefined;
  }

  async function askStore(lookup: string): Promise<CredentialPrincipal | null> {
    const before = revocations;
    let row: CredentialRecord | null;
    try {
      row = await deps.store.control.findCredential(lookup);
    } catch (error) {
      // While the store is away nothing can be revoked in it: who was known stays known.
      isStoreAway = true;
      const believed = findBelieved(lookup);
      if (believed === undefined) throw error;
      const until = Math.min(deps.clock() + KNOWN_FOR_MS, believed.toldAt + BELIEVED_FOR_MS);
      remember(known, lookup, { ...believed, until }, MAX_KNOWN);
      return believed.principal;
    }
    isStoreAway = false;
    const now = deps.clock();
    if (!row || row.revokedAt !== null || !isSameHash(row.lookup, lookup)) {
      known.delete(lookup);
      remember(unknown, lookup, now + UNKNOWN_FOR_MS, MAX_UNKNOWN);
      return null;
    }
    const principal = toPrincipal(row);
    if (before === revocations)
      remember(known, lookup, { principal, until: now + KNOWN_FOR_MS, toldAt: now }, MAX_KNOWN);
    noteUse(row.id, now);
    return principal;
  }

  function noteUse(id: number, now: number): void {
    if (now - (touchedAt.get(id) ?? 0) < TOUCH_EVERY_MS) return;
    remember(touchedAt, id, now, MAX_KNOWN);
    uses.set(id, now);
  }

  async function flush(): Promise<void> {
    if (uses.size === 0) return;
    const batch = [...uses].map(([id, at]) => ({ id, at }));
    uses.clear();
    await deps.store.control.touchCredentials(batch);
  }

  return {
    authenticateNow(header) {
      const lookup = lookupOf(bearerOf(header));
      return lookup === null ? null : lookNow(lookup);
    },
    async authenticate(header) {
      const lookup = lookupOf(bearerOf(header));
      return lookup === null ? null : look(lookup);
    },
    async authenticateSecret(secret) {
      const lookup = lookupOf(secret);
      return lookup === null ? null : look(lookup);
    },
    async authenticateDriftlockKey(key) {
      return parseDriftlockKey(key) === undefined ? null : look(hashSecret(key));
    },
    flush,
    async close() {
      clearInterval(timer);
      stopListening();
      await flush();
    },
  };
}

/** Revokes a credential everywhere; false when there is no such live one in the project. */
export async function revokeCredential(
  deps: { store: Pick<Store, "control">; shared: Pick<Shared, "publish"> },
  command: { id: number; projectId: number | null; at: number },
): Promise<boolean> {
  const done = await deps.store.control.revokeCredential(command.id, command.projectId, command.at);
  if (done) deps.shared.publish(CREDENTIAL_REVOKED_TOPIC, { id: command.id });
  return done;
}

function bearerOf(header: string | undefined): string | null {
  if (header === undefined || header.length > MAX_SECRET_LENGTH + 7) return null;
  if (header.slice(0, 7).toLowerCase() !== "bearer ") return null;
  return header.slice(7).trim();
}

/** What the store knows a secret by; null for what cannot be a credential, so that no work is spent on it. */
function lookupOf(secret: string | null): string | null {
  if (secret === null || secret.length < 16 || secret.length > MAX_SECRET_LENGTH) return null;
  if (DSN_KEY.test(secret)) return secret;
  if (secret.startsWith("gatewatch_") && !isTokenText(secret)) return null;
  if (secret.startsWith(DRIFTLOCK_PREFIX)) return null;
  return hashSecret(secret);
}

function toPrincipal(row: CredentialRecord): CredentialPrincipal {
  if (row.kind === "dsn") return { kind: "dsn", credentialId: row.id, projectId: row.projectId };
  return { kind: "token", credentialId: row.id, projectId: row.projectId, scope: row.scope };
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) map.delete(map.keys().next().value as Key);
}
