import { createHmac } from "node:crypto";
import type { Clock } from "../model/clock.ts";
import type { Store } from "../model/store.ts";
import { createClientSecret, revealCredential } from "./create-credential.ts";
import type { KeyFile } from "./key-file.ts";

const NAME = "Pseudonyms of clients";
const PURPOSE = "gatewatch pseudonyms v1";
/** After so long a secret that an admin has revoked gives way to a new one. */
const KNOWN_FOR_MS = 60_000;
const MAX_PROJECTS = 10_000;

/** Each project's secret for pseudonyms of client addresses. */
export interface PseudonymSecrets {
  /** 64 hex digits, the same at every call until its credential is revoked; made at the first one. */
  secretOf(projectId: number): Promise<string>;
}

/**
 * The secrets are derived from a sealed credential of each project. Who gets one can make pseudonyms, and nothing else: the credential
 * itself, which could send events, never leaves.
 */
export function createPseudonymSecrets({
  store,
  keyFile,
  clock,
}: {
  store: Pick<Store, "control">;
  keyFile: KeyFile;
  clock: Clock;
}): PseudonymSecrets {
  const known = new Map<number, { secret: string; until: number }>();
  const asked = new Map<number, Promise<string>>();

  async function find(projectId: number): Promise<string | undefined> {
    const rows = await store.control.listCredentials(projectId);
    // Of two that were made at the same moment, everybody takes the first.
    const own = rows
      .filter(({ kind, name, revokedAt }) => kind === "clientSecret" && name === NAME && revokedAt === null)
      .toSorted((a, b) => a.id - b.id)[0];
    const token = own === undefined ? null : revealCredential(own, keyFile);
    return token === null ? undefined : createHmac("sha256", token).update(PURPOSE).digest("hex");
  }

  async function ask(projectId: number): Promise<string> {
    let secret = await find(projectId);
    if (secret === undefined) {
      await createClientSecret(store, keyFile, { projectId, name: NAME, at: clock() });
      secret = (await find(projectId))!;
    }
    known.delete(projectId);
    known.set(projectId, { secret, until: clock() + KNOWN_FOR_MS });
    if (known.size > MAX_PROJECTS) known.delete(known.keys().next().value!);
    return secret;
  }

  return {
    async secretOf(projectId) {
      const before = known.get(projectId);
      if (before !== undefined && before.until > clock()) return before.secret;
      let asking = asked.get(projectId);
      if (asking === undefined) {
        asking = ask(projectId).finally(() => asked.delete(projectId));
        asked.set(projectId, asking);
      }
      // Pseudonyms must not change, nor stop, while the store is away.
      return before === undefined ? asking : asking.catch(() => before.secret);
    },
  };
}
