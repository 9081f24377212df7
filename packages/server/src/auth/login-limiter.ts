import { ApiError } from "../model/api-error.ts";
import type { Shared } from "../model/shared.ts";
import { hashSecret } from "./hash-secret.ts";

const PER_ADDRESS = { capacity: 10, perSecond: 5 / 60 };
const PER_ACCOUNT = { capacity: 10, perSecond: 10 / 60 };

/** Takes one attempt from the address and from the account, known or not; throws `rate_limited` when either has none left. */
export async function limitLogin(
  shared: Pick<Shared, "takeTokens">,
  attempt: { address: string; account: string },
): Promise<void> {
  await take(shared, `login:address:${attempt.address}`, PER_ADDRESS);
  // Hashed, so that no mail address stands in a shared store and the key has a fixed length.
  await take(shared, `login:account:${hashSecret(attempt.account.toLowerCase())}`, PER_ACCOUNT);
}

async function take(
  shared: Pick<Shared, "takeTokens">,
  key: string,
  bucket: { capacity: number; perSecond: number },
): Promise<void> {
  const taken = await shared.takeTokens(key, 1, bucket.capacity, bucket.perSecond);
  if (taken.ok) return;
  throw new ApiError(
    "rate_limited",
    `Too many attempts to sign in; try again in ${Math.ceil(taken.retryAfterMs / 1000)} s.`,
    { retryAfterMs: taken.retryAfterMs },
  );
}
