import { isIPv6 } from "node:net";
import { ApiError } from "../model/api-error.ts";
import type { Shared } from "../model/shared.ts";
import { retryAfterSeconds } from "../model/retry-after-seconds.ts";
import { hashSecret } from "./hash-secret.ts";

const PER_ADDRESS = { capacity: 10, perSecond: 5 / 60 };
const PER_ACCOUNT = { capacity: 10, perSecond: 10 / 60 };

/** Takes one attempt from the address and from the account, known or not; throws `rate_limited` when either has none left. */
export async function limitLogin(
  shared: Pick<Shared, "takeTokens">,
  attempt: { address: string; account: string },
): Promise<void> {
  await take(shared, `login:address:${toNetwork(attempt.address)}`, PER_ADDRESS);
  // Hashed, so that no mail address stands in a shared store and the key has a fixed length.
  await take(shared, `login:account:${hashSecret(attempt.account.trim().toLowerCase())}`, PER_ACCOUNT);
}

/** An IPv6 customer holds at least a /64 and could come from another address each time; IPv4 counts as it is. */
function toNetwork(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail] = address.split("%", 1)[0]!.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
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
    `Too many attempts to sign in; try again in ${retryAfterSeconds(taken.retryAfterMs)} s.`,
    { retryAfterMs: taken.retryAfterMs },
  );
}
