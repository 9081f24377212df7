import { expect, test } from "vitest";
import type { ApiError } from "../model/api-error.ts";
import { createMemoryShared } from "../shared/memory-shared.ts";
import { limitLogin } from "./login-limiter.ts";

const start = () => {
  const time = { now: 0 };
  return { time, shared: createMemoryShared(() => time.now) };
};

test("an address has ten attempts, whatever accounts it tries, and one more each twelve seconds", async () => {
  const { time, shared } = start();
  const attempt = (index: number) => limitLogin(shared, { address: "203.0.113.9", account: `user${index}` });
  for (let index = 0; index < 10; index++) await attempt(index);
  const refusal = (await attempt(10).catch((error: unknown) => error)) as ApiError;
  expect(refusal).toMatchObject({ code: "rate_limited", retryAfterMs: 12_000 });
  time.now += 12_000;
  await expect(attempt(11)).resolves.toBeUndefined();
});

test("an account has ten attempts, from however many addresses and in whatever case", async () => {
  const { shared } = start();
  const attempt = (index: number) =>
    limitLogin(shared, { address: `203.0.113.${index}`, account: index % 2 ? "Ann@Example.com" : " ann@example.com" });
  for (let index = 0; index < 10; index++) await attempt(index);
  await expect(attempt(10)).rejects.toThrow(/Too many attempts/);
});

test.each([
  [(index: number) => `2001:db8:1:2::${index}`, false],
  [(index: number) => `2001:db8:1:2:${index}:1:2:3`, false],
  [(index: number) => `2001:db8:1:${index}::1`, true],
  [(index: number) => `::ffff:203.0.113.${index}`, true],
])("IPv6 addresses count by their /64 (%#)", async (address, free) => {
  const { shared } = start();
  for (let index = 1; index <= 10; index++) await limitLogin(shared, { address: address(index), account: `u${index}` });
  const last = limitLogin(shared, { address: address(11), account: "u11" }).then(
    () => true,
    () => false,
  );
  expect(await last).toBe(free);
});
