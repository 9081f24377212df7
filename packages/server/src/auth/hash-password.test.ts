import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "./hash-password.ts";

test("a password verifies against its own argon2id string only", async () => {
  const phc = await hashPassword("correct horse");
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifyPassword("correct horse", phc)).toBe(true);
  expect(await verifyPassword("correct horsE", phc)).toBe(false);
});

test("a string that another implementation made verifies", async () => {
  // The reference implementation's own: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 (phc-winner-argon2, test.c).
  const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  expect(await verifyPassword("password", phc)).toBe(true);
  expect(await verifyPassword("differentpassword", phc)).toBe(false);
});

test("the scrypt form verifies too", async () => {
  const { scryptSync } = await import("node:crypto");
  const salt = Buffer.from("0123456789abcdef");
  const tag = scryptSync("correct horse", salt, 32, { N: 2 ** 10, r: 8, p: 1 });
  const phc = `$scrypt$ln=10,r=8,p=1$${salt.toString("base64").replaceAll("=", "")}$${tag.toString("base64").replaceAll("=", "")}`;
  expect(await verifyPassword("correct horse", phc)).toBe(true);
  expect(await verifyPassword("wrong", phc)).toBe(false);
});

test.each(["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$onlysalt", "$argon2id$v=19$m=8,t=1,p=1$YQ$YQ"])(
  "%j verifies nothing",
  async (phc) => {
    expect(await verifyPassword("x", phc)).toBe(false);
  },
);
