import { ApiError } from "../model/api-error.ts";
import type { Shared } from "../model/shared.ts";
import type { Store, UserRecord } from "../model/store.ts";
import { hashPassword, verifyPassword } from "./hash-password.ts";
import { limitLogin } from "./login-limiter.ts";

export const MIN_PASSWORD_LENGTH = 10;
const MAX_PASSWORD_LENGTH = 256;
/** Each check holds 19 MiB and a thread of the pool. */
const MAX_CHECKS_AT_ONCE = 4;
const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,189}$/;

let checksRunning = 0;
let decoy: Promise<string> | undefined;

/** Checks e-mail and password. Throws `unauthorized` with the same words and after the same work for unknown people. */
export async function signIn(
  deps: { store: Pick<Store, "control">; shared: Pick<Shared, "takeTokens"> },
  attempt: { email: string; password: string; address: string },
): Promise<UserRecord> {
  await limitLogin(deps.shared, { address: attempt.address, account: attempt.email });
  const user = await deps.store.control.findUser(normaliseEmail(attempt.email));
  decoy ??= hashPassword("nobody has this password");
  const good = await checkBounded(attempt.password, user?.passwordHash ?? (await decoy));
  if (!user?.passwordHash || !good) throw new ApiError("unauthorized", "E-mail and password do not match.");
  return user;
}

/** Sets a new password and ends every session of the user. A user who has one must give the present one. */
export async function changePassword(
  deps: { store: Pick<Store, "control">; shared: Pick<Shared, "takeTokens"> },
  command: { userId: number; current: string | null; next: string; address: string },
): Promise<void> {
  checkPassword(command.next);
  const user = await deps.store.control.getUser(command.userId);
  if (!user) throw new ApiError("not_found", "This account is gone.");
  if (user.passwordHash !== null) {
    await limitLogin(deps.shared, { address: command.address, account: user.email });
    if (!(await checkBounded(command.current ?? "", user.passwordHash))) {
      throw new ApiError("forbidden", "The present password is not right.");
    }
  }
  await deps.store.control.setPassword(user.id, await hashPassword(command.next));
  await deps.store.control.deleteSessionsOf(user.id);
}

/** Throws `invalid_request` when the password is too short or too long. */
export function checkPassword(password: string): void {
  if (password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH) return;
  throw new ApiError(
    "invalid_request",
    `A password has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters; this one has ${password.length}.`,
    { details: { field: "password" } },
  );
}

/** The address in the one form that is stored; throws `invalid_request` for what is no address. */
export function parseEmail(text: string): string {
  const email = normaliseEmail(text);
  if (EMAIL.test(email)) return email;
  throw new ApiError("invalid_request", "This is not an e-mail address.", { details: { field: "email" } });
}

function normaliseEmail(text: string): string {
  return text.trim().toLowerCase();
}

async function checkBounded(password: string, phc: string): Promise<boolean> {
  if (checksRunning >= MAX_CHECKS_AT_ONCE) {
    throw new ApiError("rate_limited", "Too many people sign in at once; try again in a second.", {
      retryAfterMs: 1_000,
    });
  }
  checksRunning += 1;
  try {
    return await verifyPassword(password.slice(0, MAX_PASSWORD_LENGTH), phc);
  } finally {
    checksRunning -= 1;
  }
}
