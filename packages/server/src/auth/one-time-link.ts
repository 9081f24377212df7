import { randomBytes } from "node:crypto";
import { ApiError } from "../model/api-error.ts";
import type { Clock } from "../model/clock.ts";
import type { Shared } from "../model/shared.ts";
import type { OneTimeLink, Store, UserRecord } from "../model/store.ts";
import { hashPassword } from "./hash-password.ts";
import { hashSecret } from "./hash-secret.ts";
import { checkPassword, parseEmail } from "./sign-in.ts";

/** Path of the page behind a link; the secret follows it. */
export const LINK_PATH = "/sign-in/link/";
const FIRST_ADMIN_FOR_MS = 24 * 3_600_000;
const SIGN_IN_FOR_MS = 3_600_000;
const FIRST_ADMIN_SETTING = "auth.firstAdmin";
/** Stands for the first admin until an address is given; `.invalid` can never be delivered to (RFC 2606). */
const NAMELESS_ADMIN = "admin@gatewatch.invalid";

type ControlOf = Pick<Store, "control">;

/** A link for whoever reads the server's log to become the first admin; null when there is somebody already. Good for 24 hours, once. */
export async function createFirstAdminLink(store: ControlOf, baseUrl: string, clock: Clock): Promise<string | null> {
  if ((await store.control.countUsers()) > 0) return null;
  return createLink(store, baseUrl, { purpose: "first-admin", userId: null, expiresAt: clock() + FIRST_ADMIN_FOR_MS });
}

/** A link that signs in the first admin, or makes one where there is nobody yet. Good for an hour (24 for the first), once. */
export async function createSignInLink(store: ControlOf, baseUrl: string, clock: Clock): Promise<string> {
  const first = await createFirstAdminLink(store, baseUrl, clock);
  if (first !== null) return first;
  const userId = await store.control.getSetting(FIRST_ADMIN_SETTING);
  if (typeof userId !== "number") {
    throw new ApiError("not_found", "This store has people but knows no first admin; sign in with a password.");
  }
  return createLink(store, baseUrl, { purpose: "sign-in", userId, expiresAt: clock() + SIGN_IN_FOR_MS });
}

/** What the link is for, without using it up; null when it is unknown, used or over. */
export async function findLink(store: ControlOf, secret: string, now: number): Promise<OneTimeLink | null> {
  return store.control.findOneTimeLink(hashSecret(secret), now);
}

/** Uses the link up and returns who is signed in by it. A wrong e-mail or password is refused before the link is used. */
export async function useLink(
  deps: { store: ControlOf; shared: Pick<Shared, "withLock"> },
  command: { secret: string; email: string | null; password: string | null; now: number },
): Promise<UserRecord> {
  const email = command.email === null ? null : parseEmail(command.email);
  if (command.password !== null) {
    checkPassword(command.password);
    if (email === null) {
      throw new ApiError("invalid_request", "A password needs an e-mail address to go with it.", {
        details: { field: "email" },
      });
    }
  }
  const passwordHash = command.password === null ? null : await hashPassword(command.password);
  // One at a time: two first-admin links that are used at once must not make two admins.
  const user = await deps.shared.withLock("use-one-time-link", 10_000, async () => {
    const link = await deps.store.control.takeOneTimeLink(hashSecret(command.secret), command.now);
    if (!link) return null;
    if (link.purpose === "sign-in") return link.userId === null ? null : deps.store.control.getUser(link.userId);
    if ((await deps.store.control.countUsers()) > 0) return null;
    return createAdmin(deps.store, email ?? NAMELESS_ADMIN, passwordHash, command.now);
  });
  if (user === undefined) throw new ApiError("conflict", "Somebody signs in at this moment; try again.");
  if (user === null) {
    throw new ApiError("not_found", "This link was used already or is over. `gatewatch start` prints a new one.");
  }
  return user;
}

async function createAdmin(
  store: ControlOf,
  email: string,
  passwordHash: string | null,
  at: number,
): Promise<UserRecord | null> {
  const name = email === NAMELESS_ADMIN ? "Admin" : (email.split("@")[0] ?? email);
  const user = await store.control.createUser({ email, name, role: "admin", passwordHash, createdAt: at });
  if (user) await store.control.setSetting(FIRST_ADMIN_SETTING, user.id);
  return user;
}

async function createLink(store: ControlOf, baseUrl: string, link: Omit<OneTimeLink, "id">): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  await store.control.createOneTimeLink({ ...link, id: hashSecret(secret) });
  return `${baseUrl.replace(/\/+$/, "")}${LINK_PATH}${secret}`;
}
