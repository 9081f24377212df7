import { expect, test } from "vitest";
import { formatSessionCookie, readSessionCookie } from "./session-cookie.ts";

const secret = "A".repeat(43);
const plain = { secure: false, port: 4400 };
const secure = { secure: true, port: 443 };

test("on plain loopback the name holds the port; on HTTPS it is bound to the host", () => {
  expect(formatSessionCookie(plain, secret, 60)).toBe(
    `gatewatch_4400=${secret}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`,
  );
  expect(formatSessionCookie(secure, secret, 60)).toBe(
    `__Host-gatewatch=${secret}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure`,
  );
});

test.each([
  [`gatewatch_4400=${secret}`, secret],
  [`a=b; gatewatch_4400=${secret} ; c=d`, secret],
  [`gatewatch_4401=${secret}`, null],
  [`xgatewatch_4400=${secret}`, null],
  ["gatewatch_4400=", null],
  [`gatewatch_4400=${secret}x`, null],
  ["gatewatch_4400", null],
  [undefined, null],
])("of %j the secret is %j", (header, expected) => {
  expect(readSessionCookie(plain, header)).toBe(expected);
});

test("a cookie of the plain name is worth nothing on HTTPS", () => {
  expect(readSessionCookie(secure, `gatewatch_443=${secret}`)).toBeNull();
});
